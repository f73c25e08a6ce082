/* SPDX-License-Identifier: GPL-2.0 */
/* Each tracepoint becomes an empty function with the event's arguments. */
#include <host.h>

#define tracepoint_synchronize_unregister() do { } while (0)
#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)
#define TRACE_EVENT(name, proto, ...) \
	static inline void trace_##name(proto) { }			\
	static inline bool trace_##name##_enabled(void) { return false; } \
	static inline int register_trace_##name(void *fn, void *data)	\
	{								\
		return -ENOSYS;						\
	}								\
	static inline void unregister_trace_##name(void *fn, void *data) { }
#define DECLARE_EVENT_CLASS(...)
#define DEFINE_EVENT(class, name, proto, ...) \
	static inline void trace_##name(proto) { }			\
	static inline bool trace_##name##_enabled(void) { return false; } \
	static inline int register_trace_##name(void *fn, void *data)	\
	{								\
		return -ENOSYS;						\
	}								\
	static inline void unregister_trace_##name(void *fn, void *data) { }
