#include "plot/fallback.h"

#ifdef ABI_PLOT_FONTCONFIG

#	include <cairo-ft.h>
#	include <fontconfig/fontconfig.h>
#	include <string.h>

cairo_font_face_t *abi_fallback_font(const char *text)
{
	FcChar32 character;
	if (FcUtf8ToUcs4((const FcChar8 *)text, &character, (int)strlen(text)) <= 0)
		return NULL;
	cairo_font_face_t *face = NULL;
	FcPattern *wanted = FcPatternCreate();
	FcCharSet *characters = FcCharSetCreate();
	if (wanted != NULL && characters != NULL && FcCharSetAddChar(characters, character) && FcPatternAddCharSet(wanted, FC_CHARSET, characters) &&
	    FcPatternAddString(wanted, FC_FAMILY, (const FcChar8 *)"sans-serif") && FcConfigSubstitute(NULL, wanted, FcMatchPattern)) {
		FcDefaultSubstitute(wanted);
		FcResult result;
		FcPattern *found = FcFontMatch(NULL, wanted, &result);
		if (found != NULL) {
			face = cairo_ft_font_face_create_for_pattern(found);
			FcPatternDestroy(found);
		}
	}
	if (characters != NULL)
		FcCharSetDestroy(characters);
	if (wanted != NULL)
		FcPatternDestroy(wanted);
	return face;
}

#else

cairo_font_face_t *abi_fallback_font(const char *text)
{
	(void)text;
	return NULL;
}

#endif
