import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.joining;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import racetime.v1.RaceServiceGrpc;
import racetime.v1.RaceServiceOuterClass.WatchRaceRequest;
import racetime.v1.RaceStateOuterClass.RaceState;
import racetime.v1.UpdateRecordOuterClass.Lane;

/** Watches a race and prints the first three, twenty times: see README.md */
class Watch {
  public static void main(String[] arguments) {
    var target = arguments.length > 0 ? arguments[0] : "localhost:8000";
    var channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    var request = WatchRaceRequest.newBuilder().addLanes(Lane.LANE_TIMING).build();
    var messages = RaceServiceGrpc.newBlockingStub(channel).watchRace(request);
    var state = RaceState.newBuilder();
    for (int lines = 0; lines < 20 && messages.hasNext(); ) {
      var message = messages.next();
      if (message.hasSnapshot()) {
        state.clear().mergeFrom(message.getSnapshot());
      } else if (message.hasUpdate()) {
        state.mergeFrom(message.getUpdate());
      } else {
        continue;
      }
      var names =
          state.getPositionsMap().entrySet().stream()
              .sorted(comparing(place -> place.getValue().getPosition()))
              .map(place -> state.getDriversOrThrow(place.getKey()).getNameAcronym());
      System.out.println(message.getSequence() + " " + names.limit(3).collect(joining(" ")));
      lines++;
    }
    channel.shutdownNow();
  }
}
