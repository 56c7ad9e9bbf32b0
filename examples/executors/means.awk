# Mean reading of each well over its sites, wells in the order of the plate. Input: well,site,reading with a header.
NR > 1 { sum[$1] += $3; count[$1]++; if (count[$1] == 1) order[++wells] = $1 }
END {
  print "well,mean" > "means.csv"
  for (i = 1; i <= wells; i++) printf "%s,%.3f\n", order[i], sum[order[i]] / count[order[i]] > "means.csv"
  printf "{\"wells\": %d}\n", wells
}
