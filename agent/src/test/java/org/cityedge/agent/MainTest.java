package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void eachVerbIsFoundByTheNameThatItsHelpShows() {
    Main.VERBS.forEach((name, verb) -> assertThat(verb.get().spec().name()).isEqualTo(name));
  }

  @Test
  void helpListsEveryVerb() {
    StringWriter out = new StringWriter();

    int exit =
        Main.run(new String[] {"help"}, new PrintWriter(out), new PrintWriter(new StringWriter()));

    assertThat(exit).isZero();
    assertThat(out.toString()).contains(Main.VERBS.keySet());
  }

  @Test
  void aWordThatIsNoVerbIsAnErrorOfUsage() {
    StringWriter err = new StringWriter();

    int exit =
        Main.run(new String[] {"rnu"}, new PrintWriter(new StringWriter()), new PrintWriter(err));

    assertThat(exit).isEqualTo(64);
    assertThat(err.toString()).contains("rnu");
  }
}
