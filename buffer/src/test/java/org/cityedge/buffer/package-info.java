/** The store's contract suite, its faults and its benchmark. */
@NullMarked
package org.cityedge.buffer;

import org.jspecify.annotations.NullMarked;
