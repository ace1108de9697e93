/**
 * The gateway's own page for whoever stands before it, and its metrics: read-only HTTP, off unless
 * the configuration says where (section {@code page}).
 *
 * <pre>
 *   Sample, CameraHealth ──► LastHour, FaultLog ──┐
 *   Publisher, AlertTracker, EventStore, Machine ─┴─► Survey ─Snapshot─► PageServer ──► browser
 * </pre>
 *
 * What comes in is noted on the caller's thread; a {@link org.cityedge.agent.page.Snapshot} is made
 * when somebody looks, at most once a second, and is all that the server reads.
 */
@NullMarked
package org.cityedge.agent.page;

import org.jspecify.annotations.NullMarked;
