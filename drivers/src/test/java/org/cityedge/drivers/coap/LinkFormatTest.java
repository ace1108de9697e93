package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 6690. */
class LinkFormatTest {
  /** The examples of §5. */
  @Test
  void readsTheExamplesOfTheRfc() throws MalformedPayload {
    assertThat(LinkFormat.parse("</sensors>;ct=40;title=\"Sensor Index\""))
        .containsExactly(new Link("/sensors", Map.of("ct", "40", "title", "Sensor Index")));
    assertThat(
            LinkFormat.parse(
                "</sensors/temp>;rt=\"temperature-c\";if=\"sensor\","
                    + "<http://www.example.com/sensors/t123>;anchor=\"/sensors/temp\";rel=\"describedby\","
                    + "</t>;anchor=\"/sensors/temp\";rel=\"alternate\""))
        .extracting(Link::target)
        .containsExactly("/sensors/temp", "http://www.example.com/sensors/t123", "/t");
    Link firmware =
        LinkFormat.parse("</firmware/v2.1>;rt=\"firmware\";sz=262144;title*=UTF-8''n%c3%bc")
            .getFirst();
    assertThat(firmware.attributes())
        .containsEntry("sz", "262144")
        .containsEntry("title*", "UTF-8''n%c3%bc");
  }

  @Test
  void understandsWhatItNeeds() throws MalformedPayload {
    Link link = LinkFormat.parse("</a>;obs;ct=\"0 110 x\";rt=\"t1 t2\";rt=t3;if=sensor").getFirst();
    assertThat(link.isObservable()).isTrue();
    assertThat(link.contentFormats()).containsExactly(0, 110);
    assertThat(link.kinds()).containsExactly("t1", "t2", "sensor");
    assertThat(LinkFormat.parse("</a>").getFirst().isObservable()).isFalse();
  }

  @Test
  void takesSeparatorsInQuotesAsText() throws MalformedPayload {
    assertThat(LinkFormat.parse("</a>;title=\"x, <y>; \\\"z\\\\\", </b>"))
        .containsExactly(
            new Link("/a", Map.of("title", "x, <y>; \"z\\")), new Link("/b", Map.of()));
  }

  @Test
  void readsAnEmptyList() throws MalformedPayload {
    assertThat(LinkFormat.parse("")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/a | at character 0: must have <",
        "</a | at character 1: must have a target that ends with >",
        "</a>;=1 | at character 5: must have the name of an attribute",
        "</a>;x= | at character 7: must have a value, was the end of the text",
        "</a>;x=\"y | must have \", was the end of the text",
        "</a></b> | at character 4: must have ,",
        "</a>,/b | at character 5: must have <",
      })
  void namesTheCharacterThatIsWrong(String text, String reason) {
    assertThatThrownBy(() -> LinkFormat.parse(text)).hasMessageContaining(reason);
  }

  @Test
  void boundsLinksAndAttributes() throws MalformedPayload {
    List<Link> most = LinkFormat.parse("</a>,".repeat(511) + "</a>");
    assertThat(most).hasSize(512);
    assertThatThrownBy(() -> LinkFormat.parse("</a>,".repeat(512) + "</a>"))
        .hasMessageContaining("at most 512 links");
    StringBuilder many = new StringBuilder("</a>");
    for (int i = 0; i < 33; i++) {
      many.append(";a").append(i);
    }
    assertThatThrownBy(() -> LinkFormat.parse(many.toString()))
        .hasMessageContaining("at most 32 attributes");
  }
}
