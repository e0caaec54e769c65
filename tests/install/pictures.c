/* What a host with pictures does: the same source as C and as C++. */

#include <abi/abi.h>
#include <abi/plot.h>
#include <abi/report.h>

#include <stdio.h>

int main(void)
{
	const double losses[] = { 3, 2, 1 };
	const uint8_t *bytes;
	size_t count = 0;
	abi_plot *plot;

	if (abi_plot_create(NULL, &plot) != ABI_OK || abi_plot_loss(plot, losses, 3, NULL, 0) != ABI_OK ||
	    abi_plot_render(plot, 0, ABI_PLOT_FORMAT_SVG, &bytes, &count) != ABI_OK)
		return 1;
	printf("libabi-plot, a picture of %d bytes\n", (int)count);
	abi_plot_free(plot);
	abi_report_free(NULL);
	return 0;
}
