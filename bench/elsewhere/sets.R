# Ratings in R packages, as CSV: rater_id, item_id, rating.
set <- function(package, name) {
  e <- new.env()
  if (!nzchar(system.file(package = package))) { # its data needs nothing else of it
    message("elsewhere: ", name, " is left out, as R has no package ", package)
    return(NULL)
  }
  data(list = name, package = package, envir = e)
  e[[name]]
}
keep <- function(rater, item, rating, file) {
  d <- data.frame(rater_id = rater, item_id = item, rating = rating)
  write.csv(d[!is.na(d$rating), ], file, row.names = FALSE, quote = FALSE)
}

d <- set("lme4", "InstEval") # students of lecturers
if (!is.null(d)) keep(paste0("s", d$s), paste(d$d, d$service, d$dept, sep = "-"), d$y, "lectures.csv")

d <- set("pscl", "s109")$votes # yea or nay of senators
if (!is.null(d)) {
  vote <- ifelse(d %in% 1:3, 1, ifelse(d %in% 4:6, 0, NA))
  keep(paste0("senator", row(d)), paste0("vote", col(d)), vote, "senate.csv")
}

d <- set("psychTools", "spi") # everybody answers the same questions
if (!is.null(d)) {
  d <- as.matrix(d[, 11:145])
  keep(paste0("p", row(d)), colnames(d)[col(d)], as.vector(d), "questions.csv")
}
