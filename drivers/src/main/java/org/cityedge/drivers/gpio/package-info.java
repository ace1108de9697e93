/**
 * Digital inputs through Pi4J, with a provider of our own over the Linux GPIO character device
 * (linux/gpio.h, uAPI v2, kernel 5.10 or newer) called through java.lang.foreign. In: edges from
 * the kernel, on one platform thread per line since the wait is native. Out: samples, on the
 * sensor's own virtual thread. Pulses are counted on the line's thread and told on the sensor's.
 */
@NullMarked
package org.cityedge.drivers.gpio;

import org.jspecify.annotations.NullMarked;
