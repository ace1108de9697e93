package org.cityedge.agent.remote;

import java.util.function.Function;
import org.cityedge.config.SignedCommand;

/**
 * What a signed command would do, its arguments read and found right.
 *
 * @param text for the audit, such as {@code siren-1 on}
 * @param carryOut does it
 */
public record Action(String text, Function<SignedCommand, Answer.Now> carryOut) {}
