package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.page.AccessCode.Verdict.CLOSED;
import static org.cityedge.agent.page.AccessCode.Verdict.GRANTED;
import static org.cityedge.agent.page.AccessCode.Verdict.MISSING;
import static org.cityedge.agent.page.AccessCode.Verdict.TOO_MANY;
import static org.cityedge.agent.page.AccessCode.Verdict.WRONG;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.config.Secrets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessCodeTest {
  @TempDir Path secrets;
  private final AtomicLong now = new AtomicLong();

  private AccessCode code() {
    return new AccessCode(Optional.of("page"), new Secrets(secrets), now::get);
  }

  private void write(String text, String mode) throws IOException {
    Path file = secrets.resolve("page");
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  @Test
  void opensWithTheCodeAndNothingElse() throws Exception {
    write("k7-lamp-42\n", "rw-------");
    AccessCode code = code();
    assertThat(code.check("Bearer k7-lamp-42", "a")).isEqualTo(GRANTED);
    assertThat(code.check(null, "a")).isEqualTo(MISSING);
    assertThat(code.check("Basic azctbGFtcC00Mg==", "a")).isEqualTo(MISSING);
    assertThat(code.check("Bearer k7-lamp-4", "a")).isEqualTo(WRONG);
    assertThat(code.check("Bearer k7-lamp-422", "a")).isEqualTo(WRONG);
    write("another-one", "rw-------");
    assertThat(code.check("Bearer k7-lamp-42", "a")).isEqualTo(WRONG);
    assertThat(code.check("Bearer another-one", "a")).isEqualTo(GRANTED);
  }

  @Test
  void afterFiveWrongOnesAMinuteEvenTheRightOneWaits() throws Exception {
    write("k7-lamp-42", "rw-------");
    AccessCode code = code();
    for (int i = 0; i < AccessCode.EACH; i++) {
      assertThat(code.check("Bearer guess-" + i, "a")).isEqualTo(WRONG);
    }
    assertThat(code.check("Bearer k7-lamp-42", "a")).isEqualTo(TOO_MANY);
    assertThat(code.check("Bearer k7-lamp-42", "b")).isEqualTo(GRANTED);
    now.addAndGet(Duration.ofSeconds(61).toNanos());
    assertThat(code.check("Bearer k7-lamp-42", "a")).isEqualTo(GRANTED);
  }

  @Test
  void manyAddressesTogetherGuessNoFaster() throws Exception {
    write("k7-lamp-42", "rw-------");
    AccessCode code = code();
    for (int i = 0; i < AccessCode.ALL; i++) {
      assertThat(code.check("Bearer guess", "address-" + i)).isEqualTo(WRONG);
    }
    assertThat(code.check("Bearer k7-lamp-42", "another")).isEqualTo(TOO_MANY);
  }

  @Test
  void guessesThatComeAllAtOnceAreHeldToTheSameNumber() throws Exception {
    write("k7-lamp-42", "rw-------");
    AccessCode code = code();
    CountDownLatch together = new CountDownLatch(1);
    List<Future<AccessCode.Verdict>> guesses = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        String guess = "Bearer guess-" + i;
        guesses.add(
            threads.submit(
                () -> {
                  together.await();
                  return code.check(guess, "a");
                }));
      }
      together.countDown();
    }
    List<AccessCode.Verdict> verdicts = new ArrayList<>();
    for (Future<AccessCode.Verdict> guess : guesses) {
      verdicts.add(guess.get());
    }
    assertThat(verdicts).containsOnly(WRONG, TOO_MANY);
    assertThat(verdicts).filteredOn(WRONG::equals).hasSize(AccessCode.EACH);
  }

  @Test
  void whereNoneIsConfiguredThereIsNone() {
    AccessCode code = new AccessCode(Optional.empty(), new Secrets(secrets), now::get);
    assertThat(code.standing()).isEqualTo(AccessCode.Standing.NONE);
  }

  @Test
  void thereIsOneOnlyWhileItsFileCanBeUsed() throws Exception {
    AccessCode code = code();
    assertThat(code.standing()).isEqualTo(AccessCode.Standing.UNUSABLE);
    write("12345", "rw-------");
    assertThat(code.standing()).isEqualTo(AccessCode.Standing.UNUSABLE);
    write("k7-lamp-42", "rw-r--r--");
    assertThat(code.standing()).isEqualTo(AccessCode.Standing.UNUSABLE);
    write("密码密码密码", "rw-------");
    assertThat(code.standing()).isEqualTo(AccessCode.Standing.UNUSABLE);
    write("k7-lamp-42", "rw-------");
    assertThat(code.standing()).isEqualTo(AccessCode.Standing.NEEDED);
  }

  @Test
  void withoutAUsableCodeItStaysClosed() throws Exception {
    assertThat(code().check("Bearer anything", "a")).isEqualTo(CLOSED);
    write("k7-lamp-42", "rw-r--r--");
    assertThat(code().check("Bearer k7-lamp-42", "a")).isEqualTo(CLOSED);
    write("", "rw-------");
    assertThat(code().check("Bearer ", "a")).isEqualTo(CLOSED);
    write("12345", "rw-------");
    assertThat(code().check("Bearer 12345", "a")).isEqualTo(CLOSED);
    assertThat(
            new AccessCode(Optional.empty(), new Secrets(secrets), now::get).check("Bearer ", "a"))
        .isEqualTo(CLOSED);
  }
}
