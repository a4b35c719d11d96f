// Package output writes what a command was asked for, whole or not at all.
//
//	f, err := output.ClaimFile(path)         // before the work: tells what is in the way, keeps others out
//	defer f.Close()                          // lets others in; takes away what is not whole
//	err = f.Write(ctx, func(w io.Writer) error { … })
//
//	to, err := output.Claim(dir, output.Request{By: "score", Names: names})
//	defer to.Close()
//	err = to.Write(output.Parts{"scores.csv": …, output.Manifest: …})
//
// What is written appears on the disk at once, with the mode that the umask or its
// predecessor gives. Until then it is in a hidden file or folder beside it, locked;
// what a killed run left of it, the next one takes over.
//
// # Blind spots
//
// A device or a pipe cannot be taken back: it is written to as it is. Where the file
// system has no locks, two runs at once are not kept apart.
package output
