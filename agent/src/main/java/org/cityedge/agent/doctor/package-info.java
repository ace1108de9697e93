/**
 * {@code cityedge doctor}: what is wrong with this gateway, and what to do. In: the configuration,
 * the data and run folders, the machine. Out: findings in Chinese and English.
 *
 * <p>What a running agent holds is not touched: its own word, the {@link
 * org.cityedge.agent.status.Bulletin}, is read instead.
 */
@NullMarked
package org.cityedge.agent.doctor;

import org.jspecify.annotations.NullMarked;
