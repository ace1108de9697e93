package org.cityedge.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows of docs: agent → drivers, video, buffer → config; test-fixtures knows nobody. */
class ArchitectureTest {
  private static JavaClasses classes = new ClassFileImporter().importPackages();

  @BeforeAll
  static void readTheClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("org.cityedge");
  }

  private static void nothingInKnows(String from, String... others) {
    noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .check(classes);
  }

  @Test
  void configKnowsNoOtherModule() {
    nothingInKnows(
        "org.cityedge.config..",
        "org.cityedge.buffer..",
        "org.cityedge.drivers..",
        "org.cityedge.video..",
        "org.cityedge.agent..",
        "org.cityedge.fixtures..");
  }

  @Test
  void driversVideoAndBufferKnowOnlyConfig() {
    nothingInKnows(
        "org.cityedge.drivers..",
        "org.cityedge.buffer..",
        "org.cityedge.video..",
        "org.cityedge.agent..",
        "org.cityedge.fixtures..");
    nothingInKnows(
        "org.cityedge.video..",
        "org.cityedge.buffer..",
        "org.cityedge.drivers..",
        "org.cityedge.agent..",
        "org.cityedge.fixtures..");
    nothingInKnows(
        "org.cityedge.buffer..",
        "org.cityedge.video..",
        "org.cityedge.drivers..",
        "org.cityedge.agent..",
        "org.cityedge.fixtures..");
  }

  @Test
  void theSimulatedCityAndTheAgentKnowNothingOfEachOther() {
    nothingInKnows(
        "org.cityedge.fixtures..",
        "org.cityedge.config..",
        "org.cityedge.buffer..",
        "org.cityedge.drivers..",
        "org.cityedge.video..",
        "org.cityedge.agent..");
    nothingInKnows("org.cityedge.agent..", "org.cityedge.fixtures..");
  }

  @Test
  void onlyTheOwnerOfALibraryTouchesIt() {
    nothingInKnowsOutside("org.cityedge.buffer..", "java.sql..", "org.sqlite..");
    nothingInKnowsOutside("org.cityedge.agent.uplink..", "org.eclipse.paho..");
    nothingInKnowsOutside("org.cityedge.drivers..", "org.eclipse.californium..", "com.pi4j..");
    nothingInKnowsOutside("org.cityedge.video..", "org.bytedeco..");
    nothingInKnowsOutside("org.cityedge.config..", "org.snakeyaml..");
    nothingInKnowsOutside(
        "org.cityedge.agent.page..", "io.prometheus..", "com.sun.net.httpserver..");
  }

  private static void nothingInKnowsOutside(String owner, String... libraries) {
    noClasses()
        .that()
        .resideInAPackage("org.cityedge..")
        .and()
        .resideOutsideOfPackages(owner, "org.cityedge.fixtures..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries)
        .check(classes);
  }

  @Test
  void alertsReachTheUplinkOnlyThroughTheStore() {
    noClasses()
        .that()
        .resideInAPackage("org.cityedge.agent.alerts..")
        .should()
        .dependOnClassesThat()
        .haveSimpleName("Publisher")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleNameEndingWith("MqttLink")
        .check(classes);
  }

  @Test
  void modulesHaveNoCycles() {
    slices().matching("org.cityedge.(*)..").should().beFreeOfCycles().check(classes);
  }
}
