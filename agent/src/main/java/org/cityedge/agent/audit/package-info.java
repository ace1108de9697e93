/**
 * The hash-chained record of who changed what on this gateway (wire.md §2, {@code G/audit};
 * config.md §4 rows 1 and 4): kept in files, told as stored events.
 */
@NullMarked
package org.cityedge.agent.audit;

import org.jspecify.annotations.NullMarked;
