/**
 * The maintainer's side of the signed push (config.md §5): orders sent in rings, each waited for
 * before the next begins. Runs where the maintainer sits, never in the agent.
 */
@NullMarked
package org.cityedge.agent.rollout;

import org.jspecify.annotations.NullMarked;
