// Package scenarios is the experiment, as code and as data: a world, its attacks, a
// scorer and detectors, run clean, attacked and defended.
//
//	s, err := scenarios.Load("burst")             // of the library, or a YAML file
//	x, err := s.Run(ctx, 1, nil)                  // one Experiment at one seed
//
//	jobs, err := scenarios.Jobs([]*scenarios.Scenario{s}, scenarios.FirstSeeds(5))
//	for o, err := range scenarios.Sweep(ctx, jobs, nil) {
//		// o.Measures["recall"]: one Outcome for each point, scorer and seed
//	}
//
// Clean, attacked and defended share a seed, so that a difference is an effect and
// not luck. An Outcome is one line of JSON that bears its recipe: Rerun makes the
// scenario from it, and the same bytes come out. Measures lists what is measured;
// docs/scenarios.md is the reference of the format, and Schema its JSON schema.
//
// # Blind spots
//
// Measures are of the world that a scenario describes. An effect on scores is in the
// unit of its scorer, so that those of two scorers cannot be compared.
package scenarios
