/** The other root slot of a gateway's card: a signed content for it, written, tried, confirmed. */
@NullMarked
package org.cityedge.agent.update;

import org.jspecify.annotations.NullMarked;
