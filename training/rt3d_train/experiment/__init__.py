"""The comparison of RT3D's pruning algorithms and schemes on clips that anyone can make.

``plan`` lists the runs, most telling first; ``run`` makes them one by one and appends each to a file of JSON lines, so that
a second start goes on; ``statistics`` turns records into means and intervals; ``report`` writes the tables and ``picture``
the chart of docs/accuracy.md.
"""
