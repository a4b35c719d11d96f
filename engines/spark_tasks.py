"""The blocks of a work folder, on a Spark that allows no TRANSFORM scripts.

    ringwatch plan ratings.parquet --work /mnt/shared/work
    spark-submit spark_tasks.py /mnt/shared/work /mnt/shared/ringwatch 64
    ringwatch join /mnt/shared/work --out case

The folder and the program are at the same place on all executors. Only numbers of
shares pass through Spark; what is done already is passed over.
"""
import subprocess
import sys

from pyspark.sql import SparkSession


def main(work, program, shares):
    def task(share):
        command = [program, "task", work, "--index", str(share), "--of", str(shares), "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    spark = SparkSession.builder.appName("ringwatch").getOrCreate()
    for line in spark.sparkContext.parallelize(range(shares), shares).map(task).collect():
        print(line)
    spark.stop()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: spark-submit spark_tasks.py WORK PROGRAM SHARES")
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
