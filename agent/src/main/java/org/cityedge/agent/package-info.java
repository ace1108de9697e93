/**
 * Composes and runs everything: {@code Main} is the program, {@code Gateway} the one place where
 * the graph is built.
 */
@NullMarked
package org.cityedge.agent;

import org.jspecify.annotations.NullMarked;
