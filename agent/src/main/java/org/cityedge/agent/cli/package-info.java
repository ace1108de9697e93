/**
 * The verbs of the program, one class each. In: parsed arguments. Out: text or JSON on standard
 * output, and an exit code.
 */
@NullMarked
package org.cityedge.agent.cli;

import org.jspecify.annotations.NullMarked;
