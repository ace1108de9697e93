import org.cityedge.fixtures.CameraScene;
import org.cityedge.fixtures.MjpegCamera;
import org.cityedge.fixtures.Script;

/** The camera of the demo, for image/boot-test: smoke rises in its street. Prints its port; java -cp JARS Camera.java. */
void main() throws Exception {
  try (MjpegCamera camera = MjpegCamera.start(new CameraScene(Script.DEMO, 1))) {
    IO.println(camera.uri().getPort());
    Thread.currentThread().join();
  }
}
