"""Vehicle routes: the problem, plans and their independent check, file formats, and engines that plan."""
