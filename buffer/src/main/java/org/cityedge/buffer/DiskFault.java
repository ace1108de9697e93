package org.cityedge.buffer;

import java.io.IOException;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Puts SQLite's result codes (sqlite.org/rescode.html) into an operator's words. */
final class DiskFault {
  static final int CORRUPT = SQLiteErrorCode.SQLITE_CORRUPT.code;

  private DiskFault() {}

  static String reason(Exception fault) {
    if (!(fault instanceof SQLException sql)) {
      return "fault in the event store: " + fault;
    }
    return switch (primary(sql)) {
      case FULL -> "disk full";
      case READONLY -> "disk is read-only";
      case IOERR, CANTOPEN -> "disk fault: " + sql.getMessage();
      case CORRUPT, NOTADB -> "database damaged: " + sql.getMessage();
      case OTHER -> "database fault: " + sql.getMessage();
    };
  }

  /** Whether the file's content is wrong, rather than the disk around it. */
  static boolean damaged(SQLException fault) {
    return switch (primary(fault)) {
      case CORRUPT, NOTADB -> true;
      case FULL, READONLY, IOERR, CANTOPEN, OTHER -> false;
    };
  }

  /** Whether an exception made by {@link #about} tells of a damaged file. */
  static boolean damaged(IOException fault) {
    return fault.getCause() instanceof SQLException sql && damaged(sql);
  }

  /** Whether the disk did not do what it was asked, whatever the file holds. */
  static boolean ofDisk(SQLException fault) {
    return primary(fault) == Primary.IOERR;
  }

  /** Whether an exception made by {@link #about} tells of a fault of the disk. */
  static boolean ofDisk(IOException fault) {
    return fault.getCause() instanceof SQLException sql && ofDisk(sql);
  }

  /** Whether an exception made by {@link #about} tells of a full disk. */
  static boolean full(IOException fault) {
    return fault.getCause() instanceof SQLException sql && full(sql);
  }

  static boolean full(SQLException fault) {
    return primary(fault) == Primary.FULL;
  }

  static IOException about(String what, SQLException fault) {
    return new IOException(what + ": " + reason(fault), fault);
  }

  private enum Primary {
    READONLY,
    IOERR,
    CORRUPT,
    FULL,
    CANTOPEN,
    NOTADB,
    OTHER
  }

  /** An extended code carries its primary code in the low byte. */
  private static Primary primary(SQLException fault) {
    if (fault instanceof SQLiteException sqlite
        && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) {
      // Not a byte was left for the index of the WAL.
      return Primary.FULL;
    }
    return switch (fault.getErrorCode() & 0xff) {
      case 8 -> Primary.READONLY;
      case 10 -> Primary.IOERR;
      case 11 -> Primary.CORRUPT;
      case 13 -> Primary.FULL;
      case 14 -> Primary.CANTOPEN;
      case 26 -> Primary.NOTADB;
      default -> Primary.OTHER;
    };
  }
}
