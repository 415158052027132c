// Watches a race and prints the first three: go run ./example localhost:8000
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	racetime "example.org/racetime/proto/go/racetime/v1"
)

func main() {
	target := append(os.Args[1:], "localhost:8000")[0]
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	request := &racetime.WatchRaceRequest{Lanes: []racetime.Lane{racetime.Lane_LANE_TIMING}}
	stream, err := racetime.NewRaceServiceClient(connection).WatchRace(context.Background(), request)
	if err != nil {
		log.Fatal(err)
	}
	state := &racetime.RaceState{}
	for {
		message, err := stream.Recv()
		if err != nil {
			log.Fatal(err)
		}
		switch body := message.Body.(type) {
		case *racetime.WatchRaceResponse_Snapshot:
			state = body.Snapshot
		case *racetime.WatchRaceResponse_Update:
			proto.Merge(state, body.Update)
		default:
			continue
		}
		fmt.Print(message.Sequence)
		for _, number := range order(state)[:min(3, len(state.Positions))] {
			fmt.Print(" ", state.Drivers[number].GetNameAcronym())
		}
		fmt.Println()
	}
}

// order returns the driver numbers, first to last.
func order(state *racetime.RaceState) []int32 {
	place := func(number int32) int32 { return state.Positions[number].GetPosition() }
	return slices.SortedFunc(maps.Keys(state.Positions), func(a, b int32) int {
		return cmp.Compare(place(a), place(b))
	})
}
