# A map in R, with nothing but R itself. Where it is: a store of groups, and a running server.
store <- Sys.getenv("MAP_STORE", "maps")
server <- Sys.getenv("MAP_SERVER", "http://127.0.0.1:8080")

# A slice by names from a running server, as a data frame; and the whole group.
url <- paste0(server, "/api/v1/maps/groups/screen/slice.csv")
slice <- read.csv(paste0(url, "?rows=G0001,C1"))
group <- read.csv(url)

# Vectors as they lie in the store: float32, row after row. (With the package arrow: arrow::read_parquet for rows.parquet.)
folder <- dirname(Sys.glob(file.path(store, "groups/screen/*/vectors.f32"))[1])
floats <- readBin(file.path(folder, "vectors.f32"), "numeric", n = 1e9, size = 4, endian = "little")
vectors <- matrix(floats, nrow = nrow(group), byrow = TRUE)

# Both are the same, and a product of unit vectors is a cosine.
columns <- grep("^v[0-9]+$", names(group))
stopifnot(max(abs(as.matrix(group[columns]) - vectors)) < 1e-6, max(abs(rowSums(vectors^2) - 1)) < 1e-5)
cosines <- drop(vectors %*% vectors[group$symbol == "G0001", ])
print(head(data.frame(group[c("symbol", "concentration")], cosine = cosines)[order(-cosines), ], 4))

# A compound's doses along a gene: p along, r beside.
gene <- unlist(slice[slice$symbol == "G0001", columns])
doses <- slice[slice$symbol == "C1", ]
p <- as.matrix(doses[columns]) %*% gene
r <- sqrt(rowSums((as.matrix(doses[columns]) - p %*% gene)^2))
stopifnot(max(abs(p^2 + r^2 - 1)) < 1e-5)
print(data.frame(doses["concentration"], projection = p, rejection = r))
cat(nrow(group), "rows,", ncol(vectors), "dimensions: all as they should be\n")
