/* Colours that stay apart for every kind of colour vision (Okabe & Ito 2008), and a few greys. */

#ifndef ABI_LIB_PLOT_PALETTE_H
#define ABI_LIB_PLOT_PALETTE_H

typedef struct abi_color {
	double red, green, blue, alpha;
} abi_color;

#define ABI_COLOR_BLUE       ((abi_color){ 0.000, 0.447, 0.698, 1 })
#define ABI_COLOR_VERMILLION ((abi_color){ 0.835, 0.369, 0.000, 1 })
#define ABI_COLOR_ORANGE     ((abi_color){ 0.902, 0.624, 0.000, 1 })
#define ABI_COLOR_GREEN      ((abi_color){ 0.000, 0.620, 0.451, 1 })
#define ABI_COLOR_INK        ((abi_color){ 0.130, 0.140, 0.160, 1 })
#define ABI_COLOR_QUIET      ((abi_color){ 0.380, 0.400, 0.430, 1 })
#define ABI_COLOR_FRAME      ((abi_color){ 0.560, 0.580, 0.610, 1 })
#define ABI_COLOR_GUIDE      ((abi_color){ 0.900, 0.910, 0.920, 1 })
#define ABI_COLOR_BAND       ((abi_color){ 0.620, 0.650, 0.690, 0.42 })
#define ABI_COLOR_PRIOR      ((abi_color){ 0.480, 0.500, 0.530, 1 })

static inline abi_color abi_color_faded(abi_color color, double alpha)
{
	color.alpha = alpha;
	return color;
}

#endif
