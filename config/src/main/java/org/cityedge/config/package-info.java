/**
 * The mechanism of configuration. It knows no section: each module reads its own records from a
 * {@link org.cityedge.config.Section}, and {@link org.cityedge.config.ConfigLoader} sees to it that
 * every problem of a document is listed in one report, each with its place, and that nothing starts
 * before that report is clean.
 *
 * <p>What comes from elsewhere is signed: {@link org.cityedge.config.SignedConfig} judges an order
 * by the keys of a {@link org.cityedge.config.KeyList}, which the offline root key has signed,
 * before a byte of it is believed (JWS, RFC 7515, with Ed25519).
 *
 * <p>What is accepted is applied by {@link org.cityedge.config.Deployment}: staged on disk, on
 * trial, then committed, or back to last-known-good. It knows neither broker nor sensor; whoever
 * runs the configuration tells it how the trial went.
 *
 * <p>In: a YAML 1.2 document (JSON is a subset of it). Out: the caller's record, or a {@link
 * org.cityedge.config.ConfigException} with all problems. A document being read is confined to the
 * loading thread, {@link org.cityedge.config.Deployment} and {@link
 * org.cityedge.config.SeenCommands} to their owner's; {@link org.cityedge.config.Secrets}, {@link
 * org.cityedge.config.KeyFiles}, {@link org.cityedge.config.SignedConfig} and what they return may
 * be used by any thread.
 */
@NullMarked
package org.cityedge.config;

import org.jspecify.annotations.NullMarked;
