// Package ringwatch is the root of a toolkit that finds, simulates and withstands
// coordinated manipulation of ratings. It holds no code: what is used are the packages
// below it, and the command ringwatch, which has all of them.
//
// There is one data type, rating.Table, and three journeys.
//
// Whoever has ratings looks for rings in them, and for what these do to scores:
//
//	t, _, err := rating.Read(ctx, []string{"ratings.csv"}, rating.ReadOptions{})
//	f, err := detect.Run(ctx, detect.Input{Ratings: t, Seed: 1}, detect.Usual())
//	err = reports.Text(os.Stdout, &reports.Case{Ratings: t, Findings: f}, reports.TextOptions{})
//
// Whoever studies attacks and defences makes worlds, attacks them and measures:
//
//	s, err := scenarios.Load("burst")
//	jobs, err := scenarios.Jobs([]*scenarios.Scenario{s}, scenarios.FirstSeeds(5))
//	for o, err := range scenarios.Sweep(ctx, jobs, nil) { … }
//
// Whoever changes a rating system asks whether it is easier to manipulate now:
//
//	p := &gate.Plan{Scenarios: scenarios.Library(), Candidate: mine, Against: usual,
//		Options: gate.DefaultOptions()}
//	done, err := p.Run(ctx, nil)
//	// done.Report.Verdict is gate.Pass, gate.Fail or gate.Inconclusive
//
// The examples below run each of them. A detector, a scorer or an attack of one's own
// is a struct with three methods, and goes wherever ours go: see detect.Pass,
// scoring.Scorer and simulate.Attack. CONTRIBUTING.md draws who imports whom.
package ringwatch
