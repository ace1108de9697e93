package org.cityedge.agent.alerts;

/** A house by a river, watched by sensors and cameras, and its door. */
final class House {
  /** Without gateway and uplink; the hall has two witnesses of smoke. */
  static final String SECTIONS =
      """
      sensors:
        - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}
        - {id: night, type: contact, chip: sim, simFile: /tmp/night, quantity: open}
        - {id: detector, type: contact, chip: sim, simFile: /tmp/detector, quantity: open, name: 2号烟感}
        - {id: river, type: coap, uri: "coap://h/level", security: none, channels: [{quantity: level, unit: m}]}
      cameras:
        - {id: cam-1, source: "rtsp://h/1", detect: [smoke], gb28181: "51010800001320000001"}
        - {id: cam-2, source: "rtsp://h/2", detect: [smoke], gb28181: "51010800001320000002",
           location: {lat: 30.6601, lon: 104.1}}
        - {id: cam-3, source: "rtsp://h/3", gb28181: "51010800001320000003", location: {lat: 30.7, lon: 104.1}}
      rules:
        - {id: door-open, kind: contact, sensor: door, quantity: open, clear: 0s}
        - {id: night-open, kind: contact, sensor: night, quantity: open, hours: ["mon-sun 22:00-06:00"]}
        - {id: smoke-1, kind: smoke, camera: cam-1, incident: hall, severity: moderate}
        - {id: detector-1, kind: contact, sensor: detector, quantity: open, raises: smoke, incident: hall, severity: severe, clear: 0s}
        - {id: river-rises, kind: rate, sensor: river, quantity: level, change: 0.5, within: 10m, clear: 0s}
      alerts: {acceptWithin: 2m}
      """;

  private House() {}

  /** The id of the alert that the open door raises. */
  static String raisedDoor(AlertStage stage) throws Exception {
    stage.flag("door", true);
    return stage.last().get("alertId").asText();
  }

  static void openAndClose(AlertStage stage) {
    stage.flag("door", true);
    stage.flag("door", false);
  }
}
