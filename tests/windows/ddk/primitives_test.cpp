// SPDX-License-Identifier: BSL-1.0
#include <assent/windows/ddk/assent_ddk/interlocked.h>
#include <assent/windows/ddk/ntintsafe.h>
#include <assent/windows/primitives/debug.hpp>
#include <assent/windows/primitives/event.hpp>
#include <assent/windows/primitives/guids.hpp>
#include <assent/windows/primitives/irql.hpp>
#include <assent/windows/primitives/locks.hpp>
#include <assent/windows/primitives/lookaside.hpp>
#include <assent/windows/primitives/pool.hpp>
#include <assent/windows/primitives/strings.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using assent::windows::bug_check_report;
namespace pool = assent::windows::pool;

constexpr ULONG tag = 0x74736554;
constexpr ULONG other_tag = 0x6568744F;

struct bug_checked {
    ULONG code;
};

// Bug checks become exceptions while one of these lives.
struct bug_checks_throw {
    bug_checks_throw() {
        assent::windows::set_bug_check_handler(
            [](const bug_check_report& report) { throw bug_checked{report.code}; });
    }
    ~bug_checks_throw() { assent::windows::set_bug_check_handler(nullptr); }
    bug_checks_throw(const bug_checks_throw&) = delete;
    bug_checks_throw& operator=(const bug_checks_throw&) = delete;
};

struct captured_text {
    std::string text;
    ULONG component = 0;
    ULONG level = 0;
    captured_text() {
        assent::windows::set_debug_sink([this](ULONG from, ULONG at, std::string_view what) {
            text += what;
            component = from;
            level = at;
        });
    }
    ~captured_text() { assent::windows::set_debug_sink({}); }
    captured_text(const captured_text&) = delete;
    captured_text& operator=(const captured_text&) = delete;
};

template <typename... Arguments> std::string printed(const char* format, Arguments... arguments) {
    captured_text captured;
    DbgPrint(format, arguments...);
    return captured.text;
}

// WCHAR is wchar_t or char16_t, as the compiler's options have it: literals are widened here.
struct wide {
    std::vector<WCHAR> units;
    explicit wide(const char* ascii) {
        for (; *ascii != '\0'; ++ascii) units.push_back(static_cast<WCHAR>(*ascii));
        units.push_back(0);
    }
    operator PCWSTR() const { return units.data(); }
};

std::string narrow(const UNICODE_STRING& text) {
    return assent::windows::to_utf8(text.Buffer, text.Length / sizeof(WCHAR));
}

struct counted {
    wide storage;
    UNICODE_STRING text;
    explicit counted(const char* ascii) : storage{ascii} { RtlInitUnicodeString(&text, storage); }
};

LARGE_INTEGER ticks(LONGLONG count) {
    LARGE_INTEGER value;
    value.QuadPart = count;
    return value;
}

} // namespace

// ---- pool

TEST_CASE("the pool counts what is outstanding, by tag") {
    const auto before = pool::outstanding();
    PVOID one = ExAllocatePoolWithTag(NonPagedPool, 100, tag);
    PVOID two = ExAllocatePoolWithTag(PagedPool, 0, tag);
    PVOID three = ExAllocatePool2(POOL_FLAG_PAGED, 10, other_tag);
    REQUIRE((one && two && three));
    CHECK(pool::outstanding() == before + 3);
    CHECK(pool::outstanding(tag) == 2);
    CHECK(pool::outstanding(other_tag) == 1);
    ExFreePool(two); // from the middle of the ledger
    CHECK(pool::outstanding(tag) == 1);
    ExFreePoolWithTag(one, tag);
    ExFreePoolWithTag(three, other_tag);
    CHECK(pool::outstanding(tag) == 0);
    CHECK(pool::outstanding() == before);
}

TEST_CASE("ExAllocatePool2 zeroes and wants exactly one kind of pool") {
    // Memory straight from the system is zero anyhow: the second round uses what the first one wrote to.
    bool zero = true;
    for (int round = 0; round < 2; ++round) {
        std::vector<unsigned char*> blocks;
        for (int n = 0; n < 100; ++n) {
            auto* const bytes = static_cast<unsigned char*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 200, tag));
            REQUIRE(bytes != nullptr);
            for (int i = 0; i < 200; ++i) zero = zero && bytes[i] == 0;
            std::memset(bytes, 0xFF, 200);
            blocks.push_back(bytes);
        }
        for (auto* each : blocks) ExFreePoolWithTag(each, tag);
    }
    CHECK(zero);
    CHECK(ExAllocatePool2(0, 16, tag) == nullptr);
    CHECK(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 16, tag) == nullptr);
    CHECK(ExAllocatePool2(POOL_FLAG_PAGED, static_cast<SIZE_T>(-1), tag) == nullptr);
}

TEST_CASE("an injected failure strikes the allocation it was set for, and no other") {
    for (std::size_t n = 0; n < 4; ++n) {
        pool::fail_after(n, 1);
        std::vector<PVOID> got;
        for (std::size_t i = 0; i < 6; ++i) got.push_back(ExAllocatePoolWithTag(NonPagedPool, 8, tag));
        for (std::size_t i = 0; i < 6; ++i) CHECK((got[i] == nullptr) == (i == n));
        for (PVOID each : got) {
            if (each != nullptr) ExFreePool(each);
        }
    }
    pool::fail_after(0);
    CHECK(ExAllocatePool(NonPagedPool, 8) == nullptr);
    CHECK(ExAllocatePool2(POOL_FLAG_PAGED, 8, tag) == nullptr);
    pool::never_fail();
    PVOID back = ExAllocatePool(NonPagedPool, 8);
    CHECK(back != nullptr);
    ExFreePool(back);
}

TEST_CASE("freeing null or with a wrong tag is a bug check, and leaves the block alone") {
    const bug_checks_throw guard;
    PVOID memory = ExAllocatePoolWithTag(NonPagedPool, 8, tag);
    CHECK_THROWS_AS(ExFreePoolWithTag(memory, other_tag), bug_checked);
    CHECK(pool::outstanding(tag) == 1);
    CHECK_THROWS_AS(ExFreePool(nullptr), bug_checked);
    ExFreePoolWithTag(memory, tag);
    CHECK(pool::outstanding(tag) == 0);
}

// ---- strings

TEST_CASE("a counted string has its length in bytes and room for the terminator") {
    const counted text{"abc"};
    CHECK(text.text.Length == 6);
    CHECK(text.text.MaximumLength == 8);
    UNICODE_STRING empty;
    RtlInitUnicodeString(&empty, nullptr);
    CHECK((empty.Length == 0 && empty.MaximumLength == 0 && empty.Buffer == nullptr));
}

TEST_CASE("an empty counted string takes what is appended to the buffer it was given") {
    WCHAR room[4];
    UNICODE_STRING text;
    RtlInitEmptyUnicodeString(&text, room, sizeof room);
    CHECK(text.Length == 0);
    CHECK(text.MaximumLength == sizeof room);
    const WCHAR added[] = {'a', 'b', 0};
    CHECK(RtlAppendUnicodeToString(&text, added) == STATUS_SUCCESS);
    CHECK(text.Length == 2 * sizeof(WCHAR));
    CHECK(room[1] == 'b');
}

TEST_CASE("comparison orders by unit, then by length, and folds case on demand") {
    const counted abc{"abc"}, upper{"ABC"}, abd{"abd"}, longer{"abcd"};
    CHECK(RtlCompareUnicodeString(&abc.text, &abc.text, FALSE) == 0);
    CHECK(RtlCompareUnicodeString(&abc.text, &abd.text, FALSE) < 0);
    CHECK(RtlCompareUnicodeString(&longer.text, &abc.text, FALSE) > 0);
    CHECK(RtlCompareUnicodeString(&abc.text, &upper.text, FALSE) > 0);
    CHECK(RtlCompareUnicodeString(&abc.text, &upper.text, TRUE) == 0);
    CHECK(RtlEqualUnicodeString(&abc.text, &upper.text, TRUE) == TRUE);
    CHECK(RtlEqualUnicodeString(&abc.text, &longer.text, FALSE) == FALSE);
    CHECK(RtlPrefixUnicodeString(&upper.text, &longer.text, TRUE) == TRUE);
    CHECK(RtlPrefixUnicodeString(&longer.text, &abc.text, TRUE) == FALSE);
}

TEST_CASE("copying and appending never write beyond the maximum length") {
    const counted source{"abcdef"};
    WCHAR buffer[5] = {1, 1, 1, 1, 99};
    UNICODE_STRING target{0, 4 * sizeof(WCHAR), buffer};
    RtlCopyUnicodeString(&target, &source.text);
    CHECK(narrow(target) == "abcd");
    CHECK(buffer[4] == 99);
    CHECK(RtlAppendUnicodeToString(&target, wide{"x"}) == STATUS_BUFFER_TOO_SMALL);
    CHECK(narrow(target) == "abcd");
    target.Length = 2;
    const counted tail{"yz"};
    CHECK(RtlAppendUnicodeStringToString(&target, &tail.text) == STATUS_SUCCESS);
    CHECK(narrow(target) == "ayz");
    CHECK(buffer[3] == 0);
    RtlCopyUnicodeString(&target, nullptr);
    CHECK(target.Length == 0);
}

TEST_CASE("a converted string is pool memory that RtlFreeUnicodeString gives back") {
    const auto before = pool::outstanding();
    ANSI_STRING ansi;
    RtlInitAnsiString(&ansi, "Device");
    UNICODE_STRING text{};
    REQUIRE(RtlAnsiStringToUnicodeString(&text, &ansi, TRUE) == STATUS_SUCCESS);
    CHECK(narrow(text) == "Device");
    CHECK(pool::outstanding() == before + 1);
    ANSI_STRING back{};
    REQUIRE(RtlUnicodeStringToAnsiString(&back, &text, TRUE) == STATUS_SUCCESS);
    CHECK(std::string(back.Buffer) == "Device");
    RtlFreeAnsiString(&back);
    RtlFreeUnicodeString(&text);
    CHECK(text.Buffer == nullptr);
    RtlFreeUnicodeString(&text); // an empty one is nothing to free
    CHECK(pool::outstanding() == before);
    pool::fail_after(0, 1);
    CHECK(RtlAnsiStringToUnicodeString(&text, &ansi, TRUE) == STATUS_NO_MEMORY);
}

TEST_CASE("RtlCompareMemory counts the equal bytes at the start") {
    CHECK(RtlCompareMemory("abcd", "abxd", 4) == 2);
    CHECK(RtlCompareMemory("abcd", "abcd", 4) == 4);
}

TEST_CASE("list entries go in and come out at both ends") {
    LIST_ENTRY head, a, b, c;
    InitializeListHead(&head);
    CHECK(IsListEmpty(&head) == TRUE);
    InsertTailList(&head, &b);
    InsertHeadList(&head, &a);
    InsertTailList(&head, &c);
    CHECK(RemoveEntryList(&b) == FALSE);
    CHECK(RemoveHeadList(&head) == &a);
    CHECK(RemoveTailList(&head) == &c);
    CHECK(IsListEmpty(&head) == TRUE);
}

// ---- GUIDs

TEST_CASE("the GUIDs have their documented values and text form") {
    UNICODE_STRING text{};
    REQUIRE(RtlStringFromGUID(GUID_DEVICE_PROCESSOR, &text) == STATUS_SUCCESS);
    CHECK(narrow(text) == "{97FADB10-4E33-40AE-359C-8BEF029DBDD0}");
    GUID back{};
    CHECK(RtlGUIDFromString(&text, &back) == STATUS_SUCCESS);
    CHECK(back == GUID_DEVICE_PROCESSOR);
    CHECK(back != GUID_DEVICE_MEMORY);
    text.Buffer[5] = static_cast<WCHAR>('g');
    CHECK(RtlGUIDFromString(&text, &back) == STATUS_INVALID_PARAMETER);
    RtlFreeUnicodeString(&text);
    CHECK(IsEqualGUID(GUID_DEVICE_INTERFACE_ARRIVAL, GUID_DEVICE_INTERFACE_ARRIVAL));
    CHECK_FALSE(IsEqualGUID(GUID_DEVICE_INTERFACE_ARRIVAL, GUID_DEVICE_INTERFACE_REMOVAL));
}

// ---- DbgPrint

TEST_CASE("DbgPrint formats as printf, with Windows' lengths") {
    CHECK(printed("%d %5u|%-5d|%05d %x %#X", -1, 7U, 8, 42, 0xabcU, 0xabcU) ==
          "-1     7|8    |00042 abc 0XABC");
    CHECK(printed("%s %.2s %c%%", "abc", "xyz", 'q') == "abc xy q%");
    // `l` is 32 bits: a ULONG is what drivers pass for it.
    CHECK(printed("%lu %ld %08lx", ULONG{4294967295U}, LONG{-2}, STATUS_NO_SUCH_DEVICE) ==
          "4294967295 -2 c000000e");
    CHECK(printed("%llu %I64d %I64x", 1ULL << 40, -5LL, 1ULL << 36) == "1099511627776 -5 1000000000");
    CHECK(printed("%Iu %zu", std::size_t{1} << 33, std::size_t{3}) == "8589934592 3");
    CHECK(printed("%hd %hhu", 65535, 257) == "-1 1");
    CHECK(printed("%*d|%-*d|%.*s", 4, 1, 3, 2, 1, "no") == "   1|2  |n");
    CHECK(printed("%p", reinterpret_cast<void*>(std::uintptr_t{0xabc})) == "0000000000000ABC");
    CHECK(printed("%.1f", 2.25) == "2.2");
    CHECK(printed("%s", static_cast<const char*>(nullptr)) == "(null)");
}

TEST_CASE("DbgPrint shows counted and wide strings as UTF-8") {
    const counted text{"\\??\\device"};
    const wide word{"wide"};
    ANSI_STRING ansi;
    RtlInitAnsiString(&ansi, "ansi");
    CHECK(printed("<%wZ>", &text.text) == "<\\??\\device>");
    CHECK(printed("<%12wZ|%-12wZ>", &text.text, &text.text) == "<  \\??\\device|\\??\\device  >");
    CHECK(printed("%Z %hZ", &ansi, &ansi) == "ansi ansi");
    CHECK(printed("%ws %ls %S %.2ws", word.units.data(), word.units.data(), word.units.data(),
                  word.units.data()) == "wide wide wide wi");
    CHECK(printed("%wZ", static_cast<void*>(nullptr)) == "(null)");
    const UNICODE_STRING empty{};
    CHECK(printed("<%wZ>", &empty) == "<>");
    WCHAR units[] = {static_cast<WCHAR>(0xE9),   static_cast<WCHAR>(0x20AC), static_cast<WCHAR>(0xD83D),
                     static_cast<WCHAR>(0xDE00), static_cast<WCHAR>(0xD83D), 0};
    CHECK(printed("%ws", units) == "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBD");
}

TEST_CASE("DbgPrintEx passes component and level to the sink") {
    captured_text captured;
    CHECK(DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "x") == 0);
    CHECK(captured.component == DPFLTR_IHVDRIVER_ID);
    CHECK(captured.level == DPFLTR_ERROR_LEVEL);
}

// ---- levels

TEST_CASE("the level goes up and down, is the thread's own, and breaking its order is a bug check") {
    const bug_checks_throw guard;
    KIRQL before = 99;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    CHECK(before == PASSIVE_LEVEL);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KIRQL elsewhere = 99;
    std::thread{[&] { elsewhere = KeGetCurrentIrql(); }}.join();
    CHECK(elsewhere == PASSIVE_LEVEL);
    CHECK_THROWS_AS(KeRaiseIrql(APC_LEVEL, &before), bug_checked);
    KeLowerIrql(PASSIVE_LEVEL);
    CHECK_THROWS_AS(KeLowerIrql(APC_LEVEL), bug_checked);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

// ---- events

TEST_CASE("a notification event stays set, a synchronization event lets one waiter through") {
    LARGE_INTEGER poll = ticks(0);
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    CHECK(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &poll) == STATUS_SUCCESS);
    CHECK(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &poll) == STATUS_SUCCESS);
    CHECK(KeResetEvent(&event) == 1);
    CHECK(KeReadStateEvent(&event) == 0);
    CHECK(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &poll) == STATUS_TIMEOUT);

    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    CHECK(KeSetEvent(&event, IO_NO_INCREMENT, FALSE) == 0);
    CHECK(KeSetEvent(&event, IO_NO_INCREMENT, FALSE) == 1);
    CHECK(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, nullptr) == STATUS_SUCCESS);
    CHECK(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &poll) == STATUS_TIMEOUT);
}

TEST_CASE("a wait ends when another thread sets the event, and sees what that thread wrote") {
    for (int round = 0; round < 500; ++round) {
        KEVENT ready;
        int written = 0;
        KeInitializeEvent(&ready, round % 2 == 0 ? NotificationEvent : SynchronizationEvent, FALSE);
        std::thread setter{[&] {
            written = round + 1;
            KeSetEvent(&ready, IO_NO_INCREMENT, FALSE);
        }};
        LARGE_INTEGER minute = ticks(-600'000'000LL);
        const NTSTATUS status =
            KeWaitForSingleObject(&ready, Executive, KernelMode, FALSE, round % 3 == 0 ? &minute : nullptr);
        CHECK(status == STATUS_SUCCESS);
        CHECK(written == round + 1);
        setter.join();
    }
}

TEST_CASE("timeouts are relative when negative and a time of day otherwise") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    const auto start = std::chrono::steady_clock::now();
    LARGE_INTEGER timeout = ticks(-200'000);
    CHECK(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &timeout) == STATUS_TIMEOUT);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds{20});
    LARGE_INTEGER past = ticks(125'000'000'000'000'000LL); // 1997
    CHECK(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &past) == STATUS_TIMEOUT);
}

TEST_CASE("events whose waiters share a place in the table do not take each other's signal") {
    std::vector<KEVENT> events(200); // more than the table has places
    for (auto& each : events) KeInitializeEvent(&each, SynchronizationEvent, FALSE);
    std::atomic<int> passed{0};
    std::vector<std::thread> waiters;
    for (std::size_t i = 0; i < events.size(); i += 10) {
        waiters.emplace_back([&, i] {
            KeWaitForSingleObject(&events[i], Executive, KernelMode, FALSE, nullptr);
            passed.fetch_add(1);
        });
    }
    for (auto& each : events) KeSetEvent(&each, IO_NO_INCREMENT, FALSE);
    for (auto& each : waiters) each.join();
    CHECK(passed.load() == 20);
    for (std::size_t i = 0; i < events.size(); ++i)
        CHECK(KeReadStateEvent(&events[i]) == (i % 10 == 0 ? 0 : 1));
}

TEST_CASE(
    "setting an event wakes its waiter even when another event's waiter shares its place in the table") {
    using assent::windows::detail::bucket_of;
    std::vector<KEVENT> events(5000); // so many that one shares it, wherever they lie
    std::size_t twin = 1;
    while (twin < events.size() && &bucket_of(&events[twin]) != &bucket_of(&events[0])) ++twin;
    REQUIRE(twin < events.size());
    for (int round = 0; round < 300; ++round) {
        KeInitializeEvent(&events[0], SynchronizationEvent, FALSE);
        KeInitializeEvent(&events[twin], SynchronizationEvent, FALSE);
        std::atomic<int> started{0};
        NTSTATUS status = STATUS_UNSUCCESSFUL;
        std::thread other{[&] {
            started.fetch_add(1);
            KeWaitForSingleObject(&events[0], Executive, KernelMode, FALSE, nullptr);
        }};
        std::thread waiter{[&] {
            while (started.load() != 1) std::this_thread::yield();
            started.fetch_add(1);
            LARGE_INTEGER limit = ticks(-100'000'000LL);
            status = KeWaitForSingleObject(&events[twin], Executive, KernelMode, FALSE, &limit);
        }};
        while (started.load() != 2) std::this_thread::yield();
        for (int i = 0; i < 20; ++i) std::this_thread::yield();
        KeSetEvent(&events[twin], IO_NO_INCREMENT, FALSE);
        waiter.join();
        KeSetEvent(&events[0], IO_NO_INCREMENT, FALSE);
        other.join();
        REQUIRE(status == STATUS_SUCCESS);
    }
}

// ---- locks

TEST_CASE("a spin lock excludes and raises to DISPATCH_LEVEL while held") {
    KSPIN_LOCK lock = 77;
    KeInitializeSpinLock(&lock);
    long counter = 0;
    std::atomic<bool> level_was_right{true};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 20000; ++i) {
                KIRQL before;
                KeAcquireSpinLock(&lock, &before);
                if (KeGetCurrentIrql() != DISPATCH_LEVEL || before != PASSIVE_LEVEL) level_was_right = false;
                counter = counter + 1;
                KeReleaseSpinLock(&lock, before);
            }
        });
    }
    for (auto& each : threads) each.join();
    CHECK(counter == 60000);
    CHECK(level_was_right.load());
    CHECK(KeTryToAcquireSpinLockAtDpcLevel(&lock) == TRUE);
    CHECK(KeTryToAcquireSpinLockAtDpcLevel(&lock) == FALSE);
    KeReleaseSpinLockFromDpcLevel(&lock);
    KLOCK_QUEUE_HANDLE handle;
    KeAcquireInStackQueuedSpinLock(&lock, &handle);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_CASE("a fast mutex excludes, raises to APC_LEVEL, and reports being taken twice") {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    long counter = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                ExAcquireFastMutex(&mutex);
                counter = counter + 1;
                ExReleaseFastMutex(&mutex);
            }
        });
    }
    for (auto& each : threads) each.join();
    CHECK(counter == 3000);
    ExAcquireFastMutex(&mutex);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    BOOLEAN elsewhere = TRUE;
    std::thread{[&] { elsewhere = ExTryToAcquireFastMutex(&mutex); }}.join();
    CHECK(elsewhere == FALSE);
    {
        const bug_checks_throw guard;
        CHECK_THROWS_AS(ExAcquireFastMutex(&mutex), bug_checked);
    }
    ExReleaseFastMutex(&mutex);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK(ExTryToAcquireFastMutex(&mutex) == TRUE);
    ExReleaseFastMutex(&mutex);
}

TEST_CASE("a failed assertion says which, then is a bug check") {
    const bug_checks_throw guard;
    captured_text captured;
    char text[] = "count == 3";
    char file[] = "driver.c";
    CHECK_THROWS_AS(RtlAssert(text, file, 12, nullptr), bug_checked);
    CHECK(captured.text == "*** assertion failed: count == 3, driver.c:12\n");
}

TEST_CASE("integer arithmetic and conversions say when the result does not fit, and leave all ones") {
    ULONG sum = 0;
    CHECK(RtlULongAdd(MAXULONG - 1, 1, &sum) == STATUS_SUCCESS);
    CHECK(sum == MAXULONG);
    sum = 5;
    CHECK(RtlULongAdd(MAXULONG, 2, &sum) == STATUS_INTEGER_OVERFLOW);
    CHECK(sum == MAXULONG);
    USHORT difference = 0;
    CHECK(RtlUShortSub(3, 1, &difference) == STATUS_SUCCESS);
    CHECK(difference == 2);
    CHECK(RtlUShortSub(1, 3, &difference) == STATUS_INTEGER_OVERFLOW);
    CHECK(difference == MAXUSHORT);
    SIZE_T product = 0;
    CHECK(RtlSizeTMult(SIZE_T{1} << 40, SIZE_T{1} << 40, &product) == STATUS_INTEGER_OVERFLOW);
    LONG negative = 0;
    CHECK(RtlLongAdd(-5, 2, &negative) == STATUS_SUCCESS);
    CHECK(negative == -3);
    USHORT small = 0;
    CHECK(RtlSizeTToUShort(65535, &small) == STATUS_SUCCESS);
    CHECK(small == 65535);
    CHECK(RtlSizeTToUShort(65536, &small) == STATUS_INTEGER_OVERFLOW);
    ULONG unsigned_result = 0;
    CHECK(RtlLongToULong(-1, &unsigned_result) == STATUS_INTEGER_OVERFLOW);
    LONG signed_result = 0;
    CHECK(RtlULongToLong(0x80000000U, &signed_result) == STATUS_INTEGER_OVERFLOW);
}

TEST_CASE("a pointer that is written with release shows a reader with acquire what went before it") {
    struct node {
        int value;
    };
    static node made;
    static node* first; // not PVOID: the address of any pointer is taken
    std::thread writer([] {
        made.value = 42;
        WritePointerRelease(&first, &made);
    });
    const node* seen = nullptr;
    while (seen == nullptr) seen = static_cast<const node*>(ReadPointerAcquire(&first));
    CHECK(seen->value == 42);
    writer.join();
    CHECK(InterlockedExchangePointer(&first, nullptr) == &made);
    CHECK(InterlockedCompareExchangePointer(&first, &made, &made) == nullptr);
    CHECK(first == nullptr);
    CHECK(InterlockedCompareExchangePointer(&first, &made, nullptr) == nullptr);
    CHECK(first == &made);
    LONG64 wide = 0;
    WriteRelease64(&wide, -3);
    CHECK(ReadNoFence64(&wide) == -3);
    UCHAR narrow = 0;
    WriteUCharNoFence(&narrow, 200);
    CHECK(ReadUCharRaw(&narrow) == 200);
}

TEST_CASE("a lookaside list gives pool memory under its tag, or what its own functions give") {
    NPAGED_LOOKASIDE_LIST list;
    ExInitializeNPagedLookasideList(&list, nullptr, nullptr, POOL_ZERO_ALLOCATION, 48, tag, 0);
    PVOID const block = ExAllocateFromNPagedLookasideList(&list);
    REQUIRE(block != nullptr);
    CHECK(pool::outstanding(tag) == 1);
    for (int i = 0; i < 48; ++i) CHECK(static_cast<char*>(block)[i] == 0);
    ExFreeToNPagedLookasideList(&list, block);
    CHECK(pool::outstanding(tag) == 0);
    ExDeleteNPagedLookasideList(&list);

    static int calls;
    static char own[16];
    calls = 0;
    PAGED_LOOKASIDE_LIST custom;
    ExInitializePagedLookasideList(
        &custom,
        [](POOL_TYPE type, SIZE_T size, ULONG with) -> PVOID {
            CHECK(type == PagedPool);
            CHECK(size == sizeof own);
            CHECK(with == other_tag);
            ++calls;
            return own;
        },
        [](PVOID back) {
            CHECK(back == own);
            ++calls;
        },
        0, sizeof own, other_tag, 0);
    CHECK(ExAllocateFromPagedLookasideList(&custom) == own);
    ExFreeToPagedLookasideList(&custom, own);
    CHECK(calls == 2);
    ExDeletePagedLookasideList(&custom);
}

TEST_CASE("the version is filled in for the short structure and for the long one") {
    RTL_OSVERSIONINFOW brief{};
    brief.dwOSVersionInfoSize = sizeof brief;
    CHECK(RtlGetVersion(&brief) == STATUS_SUCCESS);
    CHECK(brief.dwMajorVersion == 10);
    RTL_OSVERSIONINFOEXW longer{};
    longer.dwOSVersionInfoSize = sizeof longer;
    CHECK(RtlGetVersion(reinterpret_cast<PRTL_OSVERSIONINFOW>(&longer)) == STATUS_SUCCESS);
    CHECK(longer.dwBuildNumber == brief.dwBuildNumber);
    CHECK(longer.wProductType == VER_NT_WORKSTATION);
    CHECK(longer.wServicePackMajor == 0);
    ULONG major = 0, build = 0;
    CHECK(PsGetVersion(&major, nullptr, &build, nullptr) == FALSE);
    CHECK(major == brief.dwMajorVersion);
    CHECK(build == brief.dwBuildNumber);
    CHECK(RtlIsNtDdiVersionAvailable(0x06010000) == TRUE);
    CHECK(RtlIsNtDdiVersionAvailable(0x0A000100) == FALSE);
    CHECK(IoIsWdmVersionAvailable(1, 0x10) == TRUE);
    CHECK(IoIsWdmVersionAvailable(6, 1) == FALSE);
}
