// Package fleet does the first part of detect in pieces, in a work folder: by one
// process within a budget of memory, or by many, on one machine or on several that
// see the folder. Whoever starts them, a shell, Slurm, Kubernetes or Spark, need
// know nothing of ratings.
//
//	f, err := fleet.Plan(ctx, dir, job)  // lays the ratings out, fits the null
//	err = f.Task(ctx, 7, 64, progress)   // the 8th of 64 shares, anywhere, in any order
//	in, err := f.Join(ctx)               // what detect.Run takes
//
// What is found is the same to the byte as in memory, for any number of blocks,
// shares, processes and processors.
//
// A folder holds
//
//	plan.json          what is in it, of which ratings and which build; written last
//	ratings.columns    the ratings, a column file
//	columns/           the ratings laid out, mapped files
//	null               the fitted background
//	pairs/00012        what block 12 of the raters found
//	.ringwatch-plan    says that a plan was begun here; there before all others
//
// Every file is written under another name, flushed, and renamed into place, and has
// a checksum. Whatever is killed leaves what it had finished, and is run again.
package fleet
