// Package serve shows a case as a local web application, where people look at rings,
// raters and items, decide about rings together, and take away what they see.
//
//	app, err := serve.Open(dir, serve.Options{})      // a folder that reports.WriteCase wrote
//	defer app.Close()
//	l, err := serve.Listen("127.0.0.1:8377", "")
//	err = app.Serve(ctx, l)                           // or app.Handler() in a server of one's own
//
// The data stays as it is; decisions are kept in one SQLite file beside it, each on
// the disk before it is confirmed, with who made it. All that the pages show is
// had as JSON under /api/v1, which openapi.json describes.
//
// # Blind spots
//
// Without a token only this machine is listened to, and whoever is on it can decide;
// with one, whoever knows it can, under any name.
package serve
