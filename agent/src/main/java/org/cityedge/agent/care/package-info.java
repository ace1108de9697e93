/**
 * What keeps the process itself well and shows how it is: the service manager is told of every
 * start, stop and sign of life, and two lamps tell people on the spot.
 */
@NullMarked
package org.cityedge.agent.care;

import org.jspecify.annotations.NullMarked;
