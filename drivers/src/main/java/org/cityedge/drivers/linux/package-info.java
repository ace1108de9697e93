/**
 * What Linux offers and Java does not: character devices, by the C library's own calls (Java's
 * foreign functions). GPIO chips and serial lines are reached through it.
 */
@NullMarked
package org.cityedge.drivers.linux;

import org.jspecify.annotations.NullMarked;
