/** What the agent's integration tests share: real programs as child processes, and listeners. */
@NullMarked
package org.cityedge.agent.testing;

import org.jspecify.annotations.NullMarked;
