package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertLevel;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.junit.jupiter.api.Test;

/** Of what no server in reach refuses for; the others are in the tests with real peers. */
class HandshakeTest {
  private static String received(AlertDescription alert) {
    return Handshake.refused(
        new HandshakeException("Received 'fatal alert/" + alert + "'", message(alert)));
  }

  private static AlertMessage message(AlertDescription alert) {
    return new AlertMessage(AlertLevel.FATAL, alert);
  }

  @Test
  void saysWhoHasToChangeWhat() {
    assertThat(received(AlertDescription.UNKNOWN_PSK_IDENTITY))
        .contains("enter our identity there");
    assertThat(received(AlertDescription.DECRYPT_ERROR)).contains("compare the keys");
    assertThat(received(AlertDescription.CERTIFICATE_EXPIRED))
        .contains("renew the gateway's certificate");
    assertThat(received(AlertDescription.UNKNOWN_CA)).contains("must trust the authority");
  }

  @Test
  void doubtsNoKeyWhereTheCauseIsAnother() {
    assertThat(received(AlertDescription.INTERNAL_ERROR))
        .isEqualTo("shook no hands over DTLS: it says internal_error");
  }

  @Test
  void aCertificateThatIsNotValidYetIsAMatterOfTheClock() {
    HandshakeException early =
        new HandshakeException(
            "Certificate chain could not be validated",
            message(AlertDescription.BAD_CERTIFICATE),
            new CertPathValidatorException("early", null, null, -1, BasicReason.NOT_YET_VALID));
    assertThat(Handshake.refused(early)).endsWith("not valid yet; set the gateway's clock");
  }
}
