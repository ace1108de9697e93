package org.cityedge.agent;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.cityedge.agent.remote.Probation;
import org.cityedge.config.Deployment.Document;

/** The order that is on trial, and what is to be remembered until its end. */
final class Trial {
  final Document document;

  /** What it asks for; what runs until it is committed spares what is stored. */
  final GatewayConfig config;

  final Probation probation;

  /** What it goes back to; empty when that cannot be read. */
  final Optional<GatewayConfig> lastGood;

  /** The stored event that is to reach the broker. */
  OptionalLong probe = OptionalLong.empty();

  /** When a commit that the disk has refused is tried again. */
  OptionalLong commitAt = OptionalLong.empty();

  List<String> warnings = List.of();

  Trial(
      Document document,
      GatewayConfig config,
      Probation probation,
      Optional<GatewayConfig> lastGood) {
    this.document = document;
    this.config = config;
    this.probation = probation;
    this.lastGood = lastGood;
  }
}
