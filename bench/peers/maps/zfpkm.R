# Golden values of maps/zfpkm.ts by R's own density, as the package zFPKM uses it. Rscript bench/peers/maps/zfpkm.R > maps/fixtures/zfpkm.json
set.seed(7)
fpkm <- signif(c(rep(0, 40), 2^rnorm(120, -4, 1.5), 2^rnorm(340, 3.5, 2)), 6)
logs <- log2(fpkm)
density <- density(logs[is.finite(logs)])
mode <- density$x[which.max(density$y)]
deviation <- (mean(logs[logs > mode]) - mode) * sqrt(pi / 2)
list <- function(values) paste(ifelse(is.finite(values), sprintf("%.12g", values), "null"), collapse = ", ")
cat(sprintf('{"tool": "%s", "mode": %.12g, "deviation": %.12g,\n"fpkm": [%s],\n"z": [%s]}\n',
  R.version.string, mode, deviation, list(fpkm), list((logs - mode) / deviation)))
