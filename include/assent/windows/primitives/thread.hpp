// SPDX-License-Identifier: BSL-1.0
// Defines system threads and their handles. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_THREAD_HPP
#define ASSENT_WINDOWS_PRIMITIVES_THREAD_HPP

#include <assent/config.hpp>

#include <exception>
#include <thread>
#include <utility>

#include "../ddk/assent_ddk/object.h"
#include "../ddk/assent_ddk/status.h"
#include "../ddk/assent_ddk/thread.h"
#include "../driver.hpp"
#include "mutex.hpp"
#include "thread_table.hpp"

#if defined(_WIN32)
extern "C" __declspec(dllimport) void __stdcall ExitThread(unsigned long);
#else
#include <pthread.h>
#endif

namespace assent::windows::detail {

inline void end_thread() {
    thread_object* const self = std::exchange(running_thread(), nullptr);
    static_cast<void>(exchange_signal(self->header, 1));
    the_threads().ended(self);
}

inline void run_thread(thread_object* self, PKSTART_ROUTINE routine, PVOID context, driver* owner) {
    running_thread() = self;
    const running_driver scope(owner);
    routine(context);
    end_thread();
}

} // namespace assent::windows::detail

extern "C" {

/// The thread runs as the driver that started it. Drivers wait for their threads before they unload; nothing here
/// does it for them.
NTSTATUS PsCreateSystemThread(PHANDLE handle, ULONG, POBJECT_ATTRIBUTES, HANDLE, PCLIENT_ID id,
                              PKSTART_ROUTINE routine, PVOID context) {
    using namespace assent::windows;
    if (handle == nullptr || routine == nullptr) return STATUS_INVALID_PARAMETER;
    ASSENT_TRY {
        detail::thread_object* const made = detail::the_threads().add();
        detail::initialize_header(made->header, detail::object_types::thread, sizeof(DISPATCHER_HEADER), 0);
        *handle = made; // before the routine, which may look at it
        if (id != nullptr) *id = CLIENT_ID{};
        ASSENT_TRY {
            std::thread([made, routine, context, owner = driver::running()] {
                detail::run_thread(made, routine, context, owner);
            }).detach();
        }
        ASSENT_CATCH_ALL {
            static_cast<void>(detail::the_threads().close(*handle));
            detail::the_threads().ended(made);
            ASSENT_RETHROW;
        }
        return STATUS_SUCCESS;
    }
    ASSENT_CATCH_ALL {
        if (std::current_exception() == nullptr) ASSENT_RETHROW; // the thread is being cancelled
        return STATUS_INSUFFICIENT_RESOURCES;
    }
}

/// Ends the calling thread, which PsCreateSystemThread must have made; otherwise it returns an error.
NTSTATUS PsTerminateSystemThread(NTSTATUS) {
    using namespace assent::windows::detail;
    if (running_thread() == nullptr) return STATUS_INVALID_PARAMETER;
    end_thread();
#if defined(_WIN32)
    ExitThread(0);
#else
    // Unwinds, also through the driver's frames. Not an exception of ours, which code compiled as C need not pass on.
    pthread_exit(nullptr);
#endif
    return STATUS_SUCCESS;
}

/// Priorities are remembered by nobody.
KPRIORITY KeSetPriorityThread(PKTHREAD, KPRIORITY) { return LOW_REALTIME_PRIORITY; }

NTSTATUS ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK, POBJECT_TYPE, KPROCESSOR_MODE, PVOID* object,
                                   POBJECT_HANDLE_INFORMATION information) {
    using namespace assent::windows::detail;
    if (object == nullptr) return STATUS_INVALID_PARAMETER;
    *object = the_threads().reference_by_handle(handle);
    if (information != nullptr) *information = {};
    return *object == nullptr ? STATUS_INVALID_HANDLE : STATUS_SUCCESS;
}

NTSTATUS ZwClose(HANDLE handle) {
    return assent::windows::detail::the_threads().close(handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

PEPROCESS PsGetCurrentProcess(VOID) {
    static char only;
    return reinterpret_cast<PEPROCESS>(&only); // a name; nothing is ever read through it
}
HANDLE PsGetCurrentProcessId(VOID) { return reinterpret_cast<HANDLE>(ULONG_PTR{4}); } // the system process
KPROCESSOR_MODE ExGetPreviousMode(VOID) { return KernelMode; }

} // extern "C"

#endif
