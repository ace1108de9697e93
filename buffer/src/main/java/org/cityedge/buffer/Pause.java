package org.cityedge.buffer;

import java.sql.SQLException;

/** What needs others to hold still. */
@FunctionalInterface
interface Pause {
  void run() throws SQLException;
}
