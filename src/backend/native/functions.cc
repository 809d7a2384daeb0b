// The addon of @tensorflow/tfjs-node-gpu, and beside its exports ours: graphs of operations as functions of TensorFlow's,
// which executeOp then runs by their names like operations, and handing memory back.

#include <link.h>
#include <malloc.h>
#include <node_api.h>
#include <sys/mman.h>
#include <unistd.h>

#undef NAPI_MODULE
#define NAPI_MODULE(name, init)
#include "tfjs_binding.cc"

#include <cstring>
#include <string>
#include <vector>

namespace {

using tfnodejs::TFJSBackend;

// A private member's address may be named in an explicit instantiation; it is handed on by a friend.
TFE_Context *contextOf(const TFJSBackend &backend);
template <TFE_Context *TFJSBackend::*context>
struct Reach {
  friend TFE_Context *contextOf(const TFJSBackend &backend) { return backend.*context; }
};
template struct Reach<&TFJSBackend::tfe_context_>;

template <typename T, void (*destroy)(T *)>
struct Owned {
  T *const value;
  explicit Owned(T *made) : value(made) {}
  Owned(const Owned &) = delete;
  ~Owned() {
    if (value) destroy(value);
  }
};

bool failed(napi_env env, TF_Status *status) {
  if (TF_GetCode(status) == TF_OK) return false;
  napi_throw_error(env, nullptr, TF_Message(status));
  return true;
}

bool read(napi_env env, napi_value value, std::string *text) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  text->resize(length);
  return napi_get_value_string_utf8(env, value, &(*text)[0], length + 1, &length) == napi_ok;
}

/** Values of a graph's nodes from an array of names and one of the indices among the node's outputs. */
bool read(napi_env env, TF_Graph *graph, napi_value names, napi_value indices, std::vector<TF_Output> *found) {
  uint32_t count;
  if (napi_get_array_length(env, names, &count) != napi_ok) return false;
  for (uint32_t i = 0; i < count; i++) {
    napi_value element;
    std::string name;
    int32_t index;
    if (napi_get_element(env, names, i, &element) != napi_ok || !read(env, element, &name)) return false;
    if (napi_get_element(env, indices, i, &element) != napi_ok) return false;
    if (napi_get_value_int32(env, element, &index) != napi_ok) return false;
    TF_Operation *operation = TF_GraphOperationByName(graph, name.c_str());
    if (!operation) return false;
    found->push_back({operation, index});
  }
  return true;
}

/** addFunction(name, bytes of a GraphDef, names of its placeholders in their order, names and indices of the results) */
napi_value addFunction(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value arguments[5];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  TFJSBackend *backend = nullptr;
  napi_get_instance_data(env, reinterpret_cast<void **>(&backend));
  std::string name;
  void *bytes = nullptr;
  size_t length = 0;
  if (count < 5 || !backend || !read(env, arguments[0], &name) ||
      napi_get_typedarray_info(env, arguments[1], nullptr, &length, &bytes, nullptr, nullptr) != napi_ok) {
    napi_throw_type_error(env, nullptr, "addFunction takes a name, a graph, inputs and outputs");
    return nullptr;
  }
  Owned<TF_Status, TF_DeleteStatus> status(TF_NewStatus());
  Owned<TF_Graph, TF_DeleteGraph> graph(TF_NewGraph());
  Owned<TF_Buffer, TF_DeleteBuffer> definition(TF_NewBufferFromString(bytes, length));
  Owned<TF_ImportGraphDefOptions, TF_DeleteImportGraphDefOptions> options(TF_NewImportGraphDefOptions());
  TF_GraphImportGraphDef(graph.value, definition.value, options.value, status.value);
  if (failed(env, status.value)) return nullptr;

  std::vector<TF_Output> inputs, outputs;
  uint32_t given;
  napi_value zeros;
  if (napi_get_array_length(env, arguments[2], &given) != napi_ok) return nullptr;
  napi_create_array_with_length(env, given, &zeros);
  for (uint32_t i = 0; i < given; i++) {
    napi_value zero;
    napi_create_int32(env, 0, &zero);
    napi_set_element(env, zeros, i, zero);
  }
  if (!read(env, graph.value, arguments[2], zeros, &inputs) ||
      !read(env, graph.value, arguments[3], arguments[4], &outputs)) {
    napi_throw_error(env, nullptr, "An input or output of the function is not in its graph");
    return nullptr;
  }
  Owned<TF_Function, TF_DeleteFunction> function(
      TF_GraphToFunction(graph.value, name.c_str(), /*append_hash_to_fn_name=*/0, /*num_opers=*/-1, nullptr,
                         static_cast<int>(inputs.size()), inputs.data(), static_cast<int>(outputs.size()),
                         outputs.data(), nullptr, nullptr, nullptr, status.value));
  if (failed(env, status.value)) return nullptr;
  TFE_ContextAddFunction(contextOf(*backend), function.value, status.value);
  failed(env, status.value);
  return nullptr;
}

/** trimMemory(): glibc keeps what was freed, hundreds of megabytes after a network. */
napi_value trimMemory(napi_env, napi_callback_info) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return nullptr;
}

#ifdef __linux__
/** What is read from a file and never written is read again where it is needed. */
int dropPages(dl_phdr_info *info, size_t, void *) {
  if (!info->dlpi_name || !std::strstr(info->dlpi_name, "libtensorflow")) return 0;
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) &part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W)) continue;
    const uintptr_t start = (info->dlpi_addr + part.p_vaddr) / page * page;
    const uintptr_t end = (info->dlpi_addr + part.p_vaddr + part.p_memsz) / page * page;
    if (end > start) madvise(reinterpret_cast<void *>(start), end - start, MADV_DONTNEED);
  }
  return 0;
}
#endif

/** releaseMemory(): what was freed, and the code of a library that nobody runs for now, 200 MB of it. */
napi_value releaseMemory(napi_env env, napi_callback_info info) {
#ifdef __linux__
  dl_iterate_phdr(dropPages, nullptr);
#endif
  return trimMemory(env, info);
}

/** removeFunction(name) */
napi_value removeFunction(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  TFJSBackend *backend = nullptr;
  napi_get_instance_data(env, reinterpret_cast<void **>(&backend));
  std::string name;
  if (count < 1 || !backend || !read(env, argument, &name)) {
    napi_throw_type_error(env, nullptr, "removeFunction takes a name");
    return nullptr;
  }
  Owned<TF_Status, TF_DeleteStatus> status(TF_NewStatus());
  TFE_ContextRemoveFunction(contextOf(*backend), name.c_str(), status.value);
  failed(env, status.value);
  return nullptr;
}

}  // namespace

/** A thread that runs no network gives exports with `memoryOnly`. */
NAPI_MODULE_INIT() {
  const napi_property_descriptor memory = {
      "releaseMemory", nullptr, releaseMemory, nullptr, nullptr, nullptr, napi_default, nullptr};
  napi_define_properties(env, exports, 1, &memory);
  bool isMemoryOnly = false;
  napi_has_named_property(env, exports, "memoryOnly", &isMemoryOnly);
  if (isMemoryOnly) return exports;
  if (!tfnodejs::InitTFNodeJSBinding(env, exports)) return nullptr;
  const napi_property_descriptor ours[] = {
      {"addFunction", nullptr, addFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"removeFunction", nullptr, removeFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"trimMemory", nullptr, trimMemory, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, sizeof(ours) / sizeof(ours[0]), ours);
  return exports;
}
