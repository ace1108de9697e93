/** Alerts in the OASIS Common Alerting Protocol 1.2, for systems that know nothing of ours. */
@NullMarked
package org.cityedge.agent.cap;

import org.jspecify.annotations.NullMarked;
