/* A stand-in for GStreamer 1.24's autovideoflip, without which WebKitGTK's MediaRecorder gives no bytes for video on older
 * systems. videoconvert ! videoflip ! videoconvert; the elements are made per instance, never while the plugin loads
 * (the plugin scanner has no factories). */
#include <gst/video/video.h>

#define PACKAGE "aliasavf"

typedef struct {
  GstBin bin;
  GstElement *flip;
} Autoflip;

typedef struct {
  GstBinClass parent;
} AutoflipClass;

G_DEFINE_TYPE(Autoflip, autoflip, GST_TYPE_BIN)

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
  (void)id;
  (void)spec;
  g_object_set_property(G_OBJECT(((Autoflip *)object)->flip), "video-direction", value);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
  (void)id;
  (void)spec;
  g_object_get_property(G_OBJECT(((Autoflip *)object)->flip), "video-direction", value);
}

static void autoflip_class_init(AutoflipClass *class) {
  GObjectClass *object = (GObjectClass *)class;
  object->set_property = set_property;
  object->get_property = get_property;
  g_object_class_install_property(
      object, 1,
      g_param_spec_enum("video-direction", "direction", "how to turn the picture", GST_TYPE_VIDEO_ORIENTATION_METHOD, 0,
                        G_PARAM_READWRITE));
  gst_element_class_set_static_metadata((GstElementClass *)class, "autovideoflip", "Filter/Effect/Video",
                                        "turns pictures as asked", "Houselights' tests");
}

static void autoflip_init(Autoflip *self) {
  GstElement *before = gst_element_factory_make("videoconvert", NULL);
  GstElement *after = gst_element_factory_make("videoconvert", NULL);
  self->flip = gst_element_factory_make("videoflip", NULL);
  if (!before || !after || !self->flip) return;
  gst_bin_add_many(GST_BIN(self), before, self->flip, after, NULL);
  gst_element_link_many(before, self->flip, after, NULL);
  gst_element_add_pad(GST_ELEMENT(self), gst_ghost_pad_new("sink", gst_element_get_static_pad(before, "sink")));
  gst_element_add_pad(GST_ELEMENT(self), gst_ghost_pad_new("src", gst_element_get_static_pad(after, "src")));
}

static gboolean plugin_init(GstPlugin *plugin) {
  return gst_element_register(plugin, "autovideoflip", GST_RANK_NONE, autoflip_get_type());
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, aliasavf, "autovideoflip for older GStreamer", plugin_init, "1.0",
                  "LGPL", "houselights", "https://gstreamer.freedesktop.org")
