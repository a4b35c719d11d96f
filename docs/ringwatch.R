# Ringwatch from R: data frames in, data frames out. Base R is all that it needs,
# and the ringwatch command, on the PATH or named by RINGWATCH_BINARY.
# See https://github.com/ringwatch/ringwatch/blob/main/docs/r.md

# Finds rings of raters who act together. ratings is a data frame with a rater, an
# item and, where there are such, a value and a time, or the paths of files. Options are
# those of the command, with _ for -: reveal_ids = TRUE, columns = c(rater = "user").
# With out, the folder of the case stays there; else it lasts as long as the session.
ringwatch_detect <- function(ratings, out = NULL, ...) {
  folder <- if (is.null(out)) file.path(ringwatch_place(), "case") else out
  printed <- ringwatch_run("detect", ratings, out = folder, ...)
  table <- function(name) ringwatch_read(file.path(folder, paste0(name, ".csv")))
  structure(
    list(
      rings = table("rings"), members = table("ring_members"), groups = table("groups"),
      raters = table("raters"), campaigns = table("campaigns"),
      folder = folder, report = file.path(folder, "report.html"), printed = printed
    ),
    class = "ringwatch_case"
  )
}

print.ringwatch_case <- function(x, ...) {
  cat(x$printed, sep = "\n")
  invisible(x)
}

# Scores items by a scorer of `ringwatch list scorers`: items, and raters.
ringwatch_score <- function(ratings, scorer = "bridging", ...) {
  place <- ringwatch_place()
  on.exit(unlink(place, recursive = TRUE))
  folder <- file.path(place, "scores")
  ringwatch_run("score", ratings, scorer = scorer, out = folder, ...)
  list(items = ringwatch_read(file.path(folder, "items.csv")), raters = ringwatch_read(file.path(folder, "raters.csv")))
}

# Makes attacked ratings and the truth behind them, of a scenario of `ringwatch list
# scenarios` or of a YAML file: ratings, raters, items and brigades.
ringwatch_simulate <- function(scenario, seed = 1, ...) {
  place <- ringwatch_place()
  on.exit(unlink(place, recursive = TRUE))
  folder <- file.path(place, "world")
  ringwatch_run("simulate", scenario, seed = seed, out = folder, ...)
  names <- c(ratings = "ratings", raters = "truth_raters", items = "truth_items", brigades = "truth_brigades")
  lapply(names, function(name) ringwatch_read(file.path(folder, paste0(name, ".csv"))))
}

# Runs a command and returns the lines that it prints. Its notes are warnings; what it
# refuses is an error of the class ringwatch_error, with the same one line.
ringwatch_run <- function(command, input, ...) {
  binary <- Sys.getenv("RINGWATCH_BINARY", unset = Sys.which("ringwatch"))
  if (binary == "") stop("the ringwatch command is not on the PATH; install it, or set RINGWATCH_BINARY", call. = FALSE)
  place <- ringwatch_place()
  on.exit(unlink(place, recursive = TRUE))
  if (is.data.frame(input)) input <- ringwatch_write(input, file.path(place, "ratings.csv"))
  printed <- file.path(place, "printed")
  said <- file.path(place, "said")
  input <- sub("^-", "./-", path.expand(input)) # no name of a file is a flag
  words <- c(command, input, ringwatch_flags(list(...)), "--quiet")
  code <- suppressWarnings(system2(binary, shQuote(words), stdout = printed, stderr = said))
  notes <- sub("^ringwatch: ", "", readLines(said, warn = FALSE, encoding = "UTF-8"))
  if (code != 0) {
    line <- if (length(notes) > 0) notes[length(notes)] else paste("ringwatch ended with", code, "and said nothing")
    stop(structure(class = c("ringwatch_error", "error", "condition"), list(message = line, call = NULL, exit_code = code)))
  }
  for (note in notes) warning(note, call. = FALSE)
  readLines(printed, warn = FALSE, encoding = "UTF-8")
}

ringwatch_place <- function() {
  place <- tempfile("ringwatch-")
  dir.create(place, mode = "0700")
  place
}

# reveal_ids = TRUE is --reveal-ids; FALSE and NULL are left out, and several values are
# joined by commas, but for the flags that are given once for each.
ringwatch_flags <- function(options) {
  words <- character()
  for (name in names(options)) {
    value <- options[[name]]
    flag <- paste0("--", gsub("_", "-", name))
    if (is.null(value) || identical(value, FALSE)) next
    if (identical(value, TRUE)) {
      words <- c(words, flag)
      next
    }
    value <- if (is.numeric(value)) format(value, scientific = FALSE, trim = TRUE, digits = 15) else path.expand(as.character(value))
    if (!is.null(names(options[[name]]))) value <- paste0(names(options[[name]]), "=", value)
    if (!flag %in% c("--set", "--limit", "--margin", "--rater")) value <- paste(value, collapse = ",")
    words <- c(words, rbind(flag, value))
  }
  words
}

# Writes a data frame so that nothing is lost: numbers in full, for R would write the
# rater 100000 as 1e+05, and times in UTC.
ringwatch_write <- function(frame, path) {
  full <- function(column) {
    if (inherits(column, "POSIXt")) return(format(as.POSIXct(column), "%Y-%m-%dT%H:%M:%OS3Z", tz = "UTC"))
    if (is.object(column) || !is.double(column)) return(as.character(column))
    whole <- all(is.na(column) | column == round(column))
    ifelse(is.na(column), NA, sprintf(if (whole) "%.0f" else "%.15g", column))
  }
  text <- as.data.frame(lapply(frame, full), col.names = names(frame), check.names = FALSE, stringsAsFactors = FALSE)
  utils::write.csv(text, path, row.names = FALSE, na = "", fileEncoding = "UTF-8")
  path
}

# Reads a CSV file of the command: identifiers as they are in the data, as text; times
# as POSIXct; NULL where the file is not there.
ringwatch_read <- function(path) {
  if (!file.exists(path)) return(NULL)
  frame <- utils::read.csv(path, colClasses = "character", na.strings = "", encoding = "UTF-8", check.names = FALSE)
  for (name in names(frame)) {
    column <- frame[[name]]
    if (name %in% c("rater", "item")) {
      frame[[name]] <- sub("^'", "", column)
    } else if (name %in% c("time", "first", "last", "from", "to")) {
      frame[[name]] <- as.POSIXct(column, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC")
    } else {
      frame[[name]] <- utils::type.convert(column, as.is = TRUE)
    }
  }
  frame
}
