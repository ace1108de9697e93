package org.cityedge.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.cityedge.config.KeyList;
import org.cityedge.config.SignedUpdate;
import org.cityedge.config.SigningKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The slots are files here; that the initramfs starts from what is said is the boot test's. */
class InstallationTest {
  private static final String KERNEL = "6.12.57+deb13-arm64";
  private static final int SLOT = 4 << 20;
  private static final int CONTENT = 3 << 20;

  @TempDir Path folder;
  private final byte[] content = new byte[CONTENT];
  private Slots slots;
  private SigningKey key;
  private KeyList keys;

  @BeforeEach
  void makeACard() throws Exception {
    new Random(1).nextBytes(content);
    Path state = Files.createDirectory(folder.resolve("slot"));
    slots =
        new Slots(
            state, folder.resolve("running"), folder.resolve("part2"), folder.resolve("part3"));
    Files.writeString(slots.runningFile(), "a\n");
    Files.writeString(state.resolve("active"), "a\n");
    Files.write(slots.deviceA(), new byte[SLOT]);
    Files.write(slots.deviceB(), new byte[SLOT]);
    String raw = SigningKey.generate(folder.resolve("img.key"));
    key = SigningKey.read(folder.resolve("img.key"));
    String root = SigningKey.generate(folder.resolve("root.key"));
    byte[] list =
        KeyList.sign(
            "{\"typ\":\"keys\",\"epoch\":1,\"requiredSignatures\":1,\"keys\":[{\"kid\":\"img\",\"role\":\"update\",\"x\":\"%s\",\"exp\":4102444800}]}"
                .formatted(raw),
            SigningKey.read(folder.resolve("root.key")));
    keys = KeyList.verify(list, KeyList.rootKey(root));
  }

  private byte[] update(long sequence, byte[] signedContent, byte[] sentContent) throws Exception {
    Path signed = Files.write(folder.resolve("signed.root"), signedContent);
    Path sent = Files.write(folder.resolve("sent.root"), sentContent);
    long now = Instant.now().getEpochSecond();
    String claims =
        "{\"typ\":\"update\",\"seq\":%d,\"version\":\"0.4.0\",\"kernel\":\"%s\",\"bytes\":%d,\"sha256\":\"%s\",\"iat\":%d,\"exp\":%d,\"by\":\"ops-li\"}"
            .formatted(
                sequence, KERNEL, signedContent.length, UpdateFile.sha256(signed), now, now + 3600);
    Path file = folder.resolve("gateway.update");
    Files.deleteIfExists(file);
    UpdateFile.write(SignedUpdate.sign(claims, key), sent, file);
    return Files.readAllBytes(file);
  }

  private byte[] update(long sequence) throws Exception {
    return update(sequence, content, content);
  }

  private Installation.Result install(Installation.Source file) throws IOException {
    return install(file, () -> {});
  }

  private Installation.Result install(Installation.Source file, Installation.Cache beforeReadBack)
      throws IOException {
    return new Installation(slots, keys, KERNEL, true, beforeReadBack).install(file, _ -> {});
  }

  private Installation.Result install(byte[] file) throws IOException {
    return install(() -> new ByteArrayInputStream(file));
  }

  /** What is opened first, and then. */
  private static Installation.Source files(byte[] first, byte[] second) {
    Iterator<byte[]> opened = List.of(first, second).iterator();
    return () -> new ByteArrayInputStream(opened.next());
  }

  private void refused(byte[] file, String code) throws IOException {
    assertThat(install(file))
        .isInstanceOfSatisfying(
            Installation.Result.Refused.class, no -> assertThat(no.code()).isEqualTo(code));
  }

  private void otherSlotIsNotStarted() throws IOException {
    assertThat(slots.trying()).isEmpty();
    assertThat(slots.content(Slots.Name.B)).isEmpty();
    assertThat(slots.active()).isEqualTo(Slots.Name.A);
    assertThat(Files.readAllBytes(slots.deviceA())).containsOnly(0);
  }

  /** As the initramfs and the gate do it. */
  private void confirmB() throws IOException {
    Files.writeString(slots.runningFile(), "b\n");
    Files.writeString(slots.state().resolve("active"), "b\n");
    Files.delete(slots.state().resolve("trying"));
  }

  @Test
  void writesTheSlotThatDoesNotRunAndPutsItOnTrial() throws Exception {
    Files.writeString(slots.state().resolve("failed"), "b was not confirmed\n");
    assertThat(install(update(7))).isInstanceOf(Installation.Result.Written.class);
    assertThat(Arrays.copyOf(Files.readAllBytes(slots.deviceB()), CONTENT)).isEqualTo(content);
    assertThat(Files.size(slots.deviceB())).isEqualTo(SLOT);
    assertThat(Files.readString(slots.state().resolve("trying"))).isEqualTo("b 2\n");
    assertThat(slots.content(Slots.Name.B)).map(Slots.Content::sequence).contains(7L);
    assertThat(slots.failed()).isEmpty();
    assertThat(slots.active()).isEqualTo(Slots.Name.A);
    assertThat(Files.readAllBytes(slots.deviceA())).containsOnly(0);
    assertThat(SlotReport.of(slots).lines())
        .contains("slot a runs, slot a is active", "on trial, starts left: b 2")
        .anyMatch(line -> line.startsWith("slot b: update 7, version 0.4.0"));
  }

  @Test
  void anOlderOneCannotComeBackOnceANewerRuns() throws Exception {
    install(update(7));
    confirmB();
    refused(update(7), "NOT_NEWER");
    refused(update(6), "NOT_NEWER");
    assertThat(install(update(8))).isInstanceOf(Installation.Result.Written.class);
    assertThat(slots.content(Slots.Name.A)).map(Slots.Content::sequence).contains(8L);
  }

  @Test
  void oneThatWasTriedInVainMayBeSentAgain() throws Exception {
    install(update(7));
    Files.delete(slots.state().resolve("trying"));
    Files.writeString(slots.state().resolve("failed"), "b was not confirmed\n");
    assertThat(install(update(7))).isInstanceOf(Installation.Result.Written.class);
  }

  @Test
  void whatIsTornOrChangedOrLongerCostsNoSlot() throws Exception {
    byte[] good = update(7);
    refused(Arrays.copyOf(good, good.length - 1), "TORN");
    refused(Arrays.copyOf(good, good.length + 1), "TORN");
    byte[] other = content.clone();
    other[CONTENT / 2] ^= 1;
    refused(update(7, content, other), "TORN");
    otherSlotIsNotStarted();
    // What was there before stays a way back.
    assertThat(slots.state().resolve("content-b")).doesNotExist();
    assertThat(Files.readAllBytes(slots.deviceB())).containsOnly(0);
  }

  @Test
  void whatChangesBetweenVerifyingAndWritingIsNeverStarted() throws Exception {
    byte[] good = update(7);
    byte[] changed = good.clone();
    changed[changed.length - 1] ^= 1;
    assertThat(install(files(good, changed)))
        .isInstanceOfSatisfying(
            Installation.Result.Refused.class, no -> assertThat(no.code()).isEqualTo("TORN"));
    otherSlotIsNotStarted();
    // The word by which the initramfs passes over it.
    assertThat(slots.state().resolve("content-b")).hasContent("incomplete");
    byte[] another = update(8);
    assertThat(install(files(good, another)))
        .isInstanceOfSatisfying(
            Installation.Result.Refused.class, no -> assertThat(no.code()).isEqualTo("TORN"));
    otherSlotIsNotStarted();
  }

  @Test
  void aCardThatDoesNotKeepWhatIsWrittenIsNoticed() throws Exception {
    byte[] file = update(7);
    assertThatThrownBy(
            () ->
                install(
                    () -> new ByteArrayInputStream(file),
                    () -> Files.write(slots.deviceB(), new byte[SLOT])))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not keep");
    otherSlotIsNotStarted();
  }

  @Test
  void nothingIsWrittenBeforeItsSignatureIsVerified() throws Exception {
    byte[] file = update(7);
    int at = new String(file, 0, 2000, StandardCharsets.ISO_8859_1).indexOf("payload") + 20;
    file[at] ^= 1;
    refused(file, "SIG_INVALID");
    refused("CITYEDGE-UPDATE 1 9999\n".getBytes(StandardCharsets.US_ASCII), "NO_UPDATE");
    refused("CITYEDGE-UPDATE 1 500\n{}".getBytes(StandardCharsets.US_ASCII), "NO_UPDATE");
    refused(new byte[100_000], "NO_UPDATE");
    refused(new byte[0], "NO_UPDATE");
    byte[] larger = new byte[SLOT + SignedUpdate.BLOCK];
    refused(update(7, larger, larger), "TOO_LARGE");
    assertThat(Files.readAllBytes(slots.deviceB())).containsOnly(0);
  }

  @Test
  void aTrialThatWaitsIsCalledOffBeforeItsSlotIsWritten() throws Exception {
    install(update(7));
    byte[] next = update(8);
    InputStream pulled =
        new SequenceInputStream(
            new ByteArrayInputStream(next, 0, 2 << 20),
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw new IOException("the stick was pulled out");
              }

              @Override
              public int read(byte[] into, int offset, int length) throws IOException {
                return read();
              }
            });
    Installation.Source whole = () -> new ByteArrayInputStream(next);
    Iterator<Installation.Source> opened = List.of(whole, () -> pulled).iterator();
    assertThatThrownBy(() -> install(() -> opened.next().open()))
        .hasMessageContaining("pulled out");
    otherSlotIsNotStarted();
    assertThat(install(next)).isInstanceOf(Installation.Result.Written.class);
  }

  @Test
  void twoAtOnceDoNotMixInOneSlot() throws Exception {
    byte[] second = update(8);
    byte[] first = update(7);
    Installation.Result result =
        install(() -> new ByteArrayInputStream(first), () -> refused(second, "BUSY"));
    assertThat(result).isInstanceOf(Installation.Result.Written.class);
    assertThat(Arrays.copyOf(Files.readAllBytes(slots.deviceB()), CONTENT)).isEqualTo(content);
    assertThat(slots.content(Slots.Name.B)).map(Slots.Content::sequence).contains(7L);
    assertThat(install(second)).isInstanceOf(Installation.Result.Written.class);
  }

  @Test
  void aSlotOnTrialReplacesNothing() throws Exception {
    install(update(7));
    Files.writeString(slots.runningFile(), "b\n");
    refused(update(8), "ON_TRIAL");
    assertThat(slots.content(Slots.Name.B)).map(Slots.Content::sequence).contains(7L);
  }

  /** The initramfs took slot b since a did not mount; nothing is on trial. */
  @Test
  void aTornActiveSlotIsMendedAndTheOneThatRunsIsComeBackTo() throws Exception {
    Files.writeString(slots.runningFile(), "b\n");
    assertThat(install(update(7))).isInstanceOf(Installation.Result.Written.class);
    assertThat(Files.readString(slots.state().resolve("trying"))).isEqualTo("a 2\n");
    assertThat(slots.active()).isEqualTo(Slots.Name.B);
    assertThat(Arrays.copyOf(Files.readAllBytes(slots.deviceA()), CONTENT)).isEqualTo(content);
    assertThat(Files.readAllBytes(slots.deviceB())).containsOnly(0);
  }

  /** Five short power cuts, and the slot as it was flashed has one start. */
  @Test
  void whatRunsForOneStartLetsNothingOlderOverTheActiveSlot() throws Exception {
    install(update(7));
    confirmB();
    Files.writeString(slots.runningFile(), "a\n");
    byte[] active = Files.readAllBytes(slots.deviceB());
    refused(update(3), "NOT_NEWER");
    byte[] newer = update(8);
    refused(Arrays.copyOf(newer, newer.length - 1), "TORN");
    assertThat(slots.active()).isEqualTo(Slots.Name.B);
    assertThat(slots.content(Slots.Name.B)).map(Slots.Content::sequence).contains(7L);
    assertThat(Files.readAllBytes(slots.deviceB())).isEqualTo(active);
    assertThat(install(update(7))).isInstanceOf(Installation.Result.Written.class);
    assertThat(slots.active()).isEqualTo(Slots.Name.A);
    assertThat(Files.readString(slots.state().resolve("trying"))).isEqualTo("b 2\n");
  }

  @Test
  void leavesNoTorsoOfAnUpdateWhoseContentCannotBeRead() {
    Path file = folder.resolve("torso.update");
    assertThatThrownBy(() -> UpdateFile.write(new byte[] {'{'}, folder.resolve("none"), file))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(file).doesNotExist();
  }
}
