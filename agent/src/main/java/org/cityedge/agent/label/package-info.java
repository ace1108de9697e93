/** What stands on the sticker of a gateway. */
@NullMarked
package org.cityedge.agent.label;

import org.jspecify.annotations.NullMarked;
