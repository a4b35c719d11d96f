// Package page has what the pages of a report and those of the local application
// share: the style sheet and the script, and how an identifier, a number and a span
// of time are written for people. Text and Markdown write them the same way.
package page
