package main

const appHelp = `Ringwatch {{.Usage}}.

Usage: ringwatch COMMAND [INPUT...] [--flag value]...

Begin with
  ringwatch demo                               simulated brigades: found, shown, and their effect undone
  ringwatch detect ratings.csv --out case      rings of raters who act together in your ratings
  ringwatch score ratings.csv --out scores     item scores by a method that is hard to manipulate

Commands
{{range .VisibleCommands}}{{if ne .Name "help"}}  {{.Name}}{{"\t"}}{{.Usage}}
{{end}}{{end}}
ringwatch COMMAND --help shows examples and flags. Flags may stand anywhere after the command.
`

const commandHelp = `{{.HelpName}}: {{.Usage}}

Usage: {{.HelpName}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}

{{.Description}}

Flags
{{range .VisibleFlags}}  {{.}}
{{end}}`
