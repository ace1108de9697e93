package org.cityedge.video;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What the camera can show of what was just observed. Only of use during the call it came with. */
public interface Witness extends Supplier<Picture> {
  /**
   * The frame, masked but for where smoke was observed; worth a few hundred milliseconds on a small
   * board.
   */
  @Override
  Picture get();

  /** The same with all that moves masked, smoke as well: for whoever asks without an alert. */
  default Witness strict() {
    return () -> new Picture.Withheld("this picture cannot be masked strictly");
  }

  /** The frame as it is, to be kept on the gateway and nowhere else; empty when it is gone. */
  default Optional<Original> original() {
    return Optional.empty();
  }

  /**
   * Orders a clip of the seconds around this moment. It is made when its last second is over, on a
   * thread of its own.
   *
   * @param whenDone called exactly once, on any thread, at once or some minutes later: at the
   *     latest when the camera is closed if the clip's last second is not over by then, else when
   *     the maker of the clips has made it or is closed
   */
  default void clip(Consumer<Clip> whenDone) {
    whenDone.accept(new Clip.Withheld("clips are switched off"));
  }
}
